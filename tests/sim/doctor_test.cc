#include "sim/doctor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/test_folder.h"

#include <nlohmann/json.hpp>

namespace libero {
namespace {

namespace fs = std::filesystem;
using Status = ReportEntry::Status;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const GlDriver kMesa = {"Mesa", "llvmpipe", "4.5 (Compatibility Profile) Mesa 22.3.6"};

// A machine without GPUs on which everything is installed.
Machine CpuMachine() {
  Machine machine;
  machine.system = "Debian";
  machine.kernel = "Linux 6.1";
  machine.cpu = {"A CPU", {"AVX2", "FMA"}};
  machine.num_cores = 8;
  machine.memory = {int64_t{32} << 30, int64_t{16} << 30};
  machine.cuda.problem = "no NVIDIA driver";
  machine.gl.egl.devices = {{.index = 0, .is_software = true, .vendor = "Mesa", .gl = kMesa}};
  machine.gl.osmesa = {"libOSMesa.so.8", kMesa, ""};
  return machine;
}

// Two GPUs which EGL lists in the other order, then Mesa.
Machine GpuMachine() {
  Machine machine = CpuMachine();
  machine.cuda = {.cuda_version = "13.0",
                  .driver_version = "580.65.06",
                  .gpus = {{"Big GPU", int64_t{80} << 30}, {"Small GPU", int64_t{24} << 30}}};
  const EglDevice mesa = machine.gl.egl.devices[0];
  machine.gl.egl.devices = {
      {.index = 0, .cuda_index = 1, .gl = GlDriver{"NVIDIA", "Small GPU", "4.6.0 NVIDIA 580"}},
      {.index = 1, .cuda_index = 0, .gl = GlDriver{"NVIDIA", "Big GPU", "4.6.0 NVIDIA 580"}},
      mesa};
  machine.gl.egl.devices[2].index = 2;
  return machine;
}

// A data root and a cache in a temporary folder, both in order.
class DoctorTest : public testing::Test {
 protected:
  void SetUp() override {
    Write("robosuite/models/assets/base.xml");
    Write("assets/scenes/table.xml");
    Write("assets/textures/wood.png");
    Write("libero/bddl_files/libero_goal/open_drawer.bddl");
    Write("libero/init_files/libero_goal/open_drawer.npz");
    fs::create_directories(folder_ / "cache");
    options_.data_root = root_;
    options_.scene_cache = folder_ / "cache" / "scenes";
    options_.expected_assets = {"assets/scenes/table.xml", "assets/textures/wood.png"};
    options_.min_free_bytes = 0;
  }

  void Write(const std::string& file, const std::string& text = "x") const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

  [[nodiscard]] SystemReport Report() const { return MakeSystemReport(options_, machine_); }

  // The only entry of that name in a section.
  [[nodiscard]] ReportEntry Entry(const std::string& section, const std::string& name) const {
    std::vector<ReportEntry> found;
    for (const ReportEntry& entry : Report().entries) {
      if (entry.section == section && entry.name == name) found.push_back(entry);
    }
    EXPECT_EQ(found.size(), 1u) << section << ": " << name;
    return found.empty() ? ReportEntry{} : found[0];
  }

  TestFolder folder_;
  fs::path root_ = folder_ / "clone" / ".deps";
  DoctorOptions options_;
  Machine machine_ = CpuMachine();
};

// program

TEST_F(DoctorTest, FindsNoProblemWhereThereIsNone) {
  for (const ReportEntry& entry : Report().entries) {
    EXPECT_NE(entry.status, Status::kProblem) << entry.name << ": " << entry.value;
    EXPECT_NE(entry.value, "") << entry.name;
    EXPECT_EQ(entry.value.find('\n'), std::string::npos) << entry.name;
  }
}

TEST_F(DoctorTest, EveryProblemSaysHowToFixIt) {
  fs::remove_all(root_);
  Write("assets");  // a file in place of the folder
  options_.mujoco_version = 237;
  options_.scene_cache = root_ / "assets" / "scenes";
  options_.min_free_bytes = int64_t{1} << 60;
  options_.expected_assets_error = "task table: not found";
  machine_.gl = {};
  machine_.gl.egl.problem = machine_.gl.osmesa.problem = "not found";
  const SystemReport report = Report();
  EXPECT_GE(report.Count(Status::kProblem), 7);
  for (const ReportEntry& entry : report.entries) {
    if (entry.status == Status::kProblem) {
      EXPECT_NE(entry.fix, "") << entry.name;
    }
  }
}

TEST_F(DoctorTest, AcceptsThePinnedMujoco) {
  EXPECT_EQ(Entry("program", "MuJoCo").status, Status::kOk);
  EXPECT_THAT(Entry("program", "MuJoCo").value,
              AllOf(StartsWith("3.3.2 from /"), EndsWith("libmujoco.so.3.3.2")));
}

TEST_F(DoctorTest, RefusesAnotherMujoco) {
  options_.mujoco_version = 3017000;
  const ReportEntry entry = Entry("program", "MuJoCo");
  EXPECT_EQ(entry.status, Status::kProblem);
  EXPECT_THAT(entry.value, AllOf(StartsWith("3.17.0 from /"), HasSubstr("; 3.3.2 is needed")));
  EXPECT_THAT(entry.fix, HasSubstr("LD_LIBRARY_PATH"));
}

TEST(MujocoVersionNameTest, ReadsBothNumberings) {
  EXPECT_EQ(MujocoVersionName(332), "3.3.2");
  EXPECT_EQ(MujocoVersionName(237), "2.3.7");
  EXPECT_EQ(MujocoVersionName(3017000), "3.17.0");
  EXPECT_EQ(MujocoVersionName(3005012), "3.5.12");
}

// machine

TEST(ParseCpuInfoTest, ReadsAnX86Machine) {
  const Cpu cpu = ParseCpuInfo(
      "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu fma avx2 avx512fp16 avx512f\n\n"
      "processor\t: 1\nmodel name\t: other\nflags\t\t: fpu\n");
  EXPECT_EQ(cpu.model, "AMD EPYC");
  EXPECT_THAT(cpu.simd, ElementsAre("AVX2", "FMA", "AVX-512"));
}

TEST(ParseCpuInfoTest, ReadsAnArmMachine) {
  const Cpu cpu = ParseCpuInfo("processor : 0\nFeatures : fp asimd sve2 sve\nCPU part : 0xd40\n");
  EXPECT_EQ(cpu.model, "");
  EXPECT_THAT(cpu.simd, ElementsAre("NEON", "SVE"));
}

TEST(ParseCpuInfoTest, ReadsNothingFromNothing) {
  EXPECT_EQ(ParseCpuInfo("").model, "");
  EXPECT_THAT(ParseCpuInfo("").simd, IsEmpty());
}

TEST(ParseMemoryTest, TakesTheSmallerOfMachineAndContainer) {
  const std::string meminfo = "MemTotal:       1024 kB\nMemFree: 7 kB\nMemAvailable:    512 kB\n";
  EXPECT_EQ(ParseMemory(meminfo, "").total_bytes, 1024 * 1024);
  EXPECT_EQ(ParseMemory(meminfo, "").available_bytes, 512 * 1024);
  EXPECT_EQ(ParseMemory(meminfo, "max\n").total_bytes, 1024 * 1024);
  EXPECT_EQ(ParseMemory(meminfo, "2048\n").total_bytes, 2048);
  EXPECT_EQ(ParseMemory(meminfo, "2048\n").available_bytes, 2048);
  EXPECT_EQ(ParseMemory(meminfo, "9999999999\n").total_bytes, 1024 * 1024);
}

TEST(FormatBytesTest, ChoosesTheUnit) {
  EXPECT_EQ(FormatBytes(0), "0 KiB");
  EXPECT_EQ(FormatBytes(4096), "4 KiB");
  EXPECT_EQ(FormatBytes(int64_t{580} << 20), "580 MiB");
  EXPECT_EQ(FormatBytes(int64_t{3} << 29), "1.5 GiB");
}

TEST(SurveyMachineTest, LooksAtThisMachine) {
  const Machine machine = SurveyMachine();
  EXPECT_GE(machine.num_cores, 1);
  EXPECT_GT(machine.memory.total_bytes, 0);
  EXPECT_NE(machine.system, "");
  EXPECT_THAT(machine.kernel, StartsWith("Linux "));
}

// GPUs and OpenGL

TEST_F(DoctorTest, NotesThatThereIsNoGpu) {
  EXPECT_EQ(Entry("GPU", "CUDA").status, Status::kNote);
  EXPECT_THAT(Entry("GPU", "CUDA").value, HasSubstr("run on the CPU"));
}

TEST_F(DoctorTest, SaysWhatToDoWithADriverThatShowsNoGpu) {
  EXPECT_EQ(Entry("GPU", "CUDA").fix, "") << "no driver: nothing to repair";
  machine_.cuda.has_driver = true;
  EXPECT_THAT(Entry("GPU", "CUDA").fix, HasSubstr("nvidia-smi"));
}

TEST_F(DoctorTest, SaysWhichEglDeviceEachGpuIs) {
  machine_ = GpuMachine();
  EXPECT_EQ(Entry("GPU", "CUDA").value, "13.0, driver 580.65.06");
  EXPECT_EQ(Entry("GPU", "GPU 0").value, "Big GPU, 80.0 GiB, EGL device 1");
  EXPECT_EQ(Entry("GPU", "GPU 1").value, "Small GPU, 24.0 GiB, EGL device 0");
  EXPECT_EQ(Entry("OpenGL", "EGL device 1").value, "Big GPU, OpenGL 4.6.0 NVIDIA 580 (GPU 0)");
  EXPECT_EQ(Entry("OpenGL", "EGL device 2").value, "llvmpipe, OpenGL 4.5 Mesa 22.3.6 (on the CPU)");
}

TEST_F(DoctorTest, NotesAGpuThatCannotDraw) {
  machine_ = GpuMachine();
  machine_.gl.egl.devices[1].cuda_index.reset();
  const ReportEntry entry = Entry("GPU", "GPU 0");
  EXPECT_EQ(entry.status, Status::kNote);
  EXPECT_THAT(entry.value, HasSubstr("no EGL device"));
  EXPECT_THAT(entry.fix, HasSubstr("NVIDIA_DRIVER_CAPABILITIES"));
  EXPECT_EQ(Entry("GPU", "GPU 1").status, Status::kOk);
}

TEST_F(DoctorTest, NotesAGpuWhoseContextFails) {
  machine_ = GpuMachine();
  machine_.gl.egl.devices[1].gl.reset();
  machine_.gl.egl.devices[1].problem = "the driver crashed (SIGSEGV)";
  EXPECT_EQ(Entry("OpenGL", "EGL device 1").status, Status::kNote);
  EXPECT_THAT(Entry("OpenGL", "EGL device 1").value, HasSubstr("the driver crashed"));
  EXPECT_EQ(Entry("OpenGL", "EGL device 0").status, Status::kOk);
}

TEST_F(DoctorTest, MakesNoProblemOfOneMissingGlLibrary) {
  machine_.gl.egl = {.problem = "libEGL.so.1 not found"};
  EXPECT_EQ(Entry("OpenGL", "EGL").status, Status::kNote);
  EXPECT_EQ(Entry("OpenGL", "EGL").fix,
            "sudo apt-get install -y --no-install-recommends libegl1 libgl1 libgl1-mesa-dri");
  machine_ = CpuMachine();
  machine_.gl.osmesa = {.problem = "libOSMesa.so.8 not found"};
  EXPECT_EQ(Entry("OpenGL", "OSMesa").status, Status::kNote);
  EXPECT_THAT(Entry("OpenGL", "OSMesa").fix, EndsWith("libosmesa6"));
}

TEST_F(DoctorTest, SaysWhatIsChosenToDraw) {
  EXPECT_EQ(Entry("OpenGL", "--renderer auto").value, "cpu: no GPU draws here");
  machine_ = GpuMachine();
  EXPECT_EQ(Entry("OpenGL", "--renderer auto").value, "egl: EGL device 0");
  for (EglDevice& device : machine_.gl.egl.devices) device.gl = kMesa;
  EXPECT_EQ(Entry("OpenGL", "--renderer auto").value, "cpu: no GPU draws here")
      << "Mesa draws in its place";
}

TEST_F(DoctorTest, MakesNoProblemOfNoGlAtAll) {
  machine_.is_root = true;
  machine_.gl = {.egl = {.problem = "libEGL.so.1 not found"}, .osmesa = {.problem = "none"}};
  EXPECT_EQ(Entry("OpenGL", "EGL").status, Status::kNote);
  EXPECT_EQ(Entry("OpenGL", "OSMesa").status, Status::kNote);
  EXPECT_THAT(Entry("OpenGL", "EGL").fix, StartsWith("apt-get install")) << "root needs no sudo";
}

TEST_F(DoctorTest, SaysWhoMayUseAGraphicsCard) {
  machine_.gl.egl.devices = {
      {.index = 0, .drm_path = "/dev/dri/card0", .problem = "eglInitialize failed"}};
  EXPECT_THAT(Entry("OpenGL", "EGL device 0").fix, StartsWith("sudo usermod -aG render,video"));
}

// data

TEST_F(DoctorTest, CountsTheData) {
  EXPECT_EQ(Entry("data", "folder").value, root_.string());
  EXPECT_EQ(Entry("data", "robot").value, "1 file, 0 KiB");
  EXPECT_EQ(Entry("data", "assets").value, "2 files, 0 KiB");
  EXPECT_EQ(Entry("data", "tasks").value, "1 .bddl file, 0 KiB");
  EXPECT_EQ(Entry("data", "initial states").value, "1 .npz file, 0 KiB");
  EXPECT_EQ(Entry("data", "needed files").value, "all 2 files are there");
}

TEST_F(DoctorTest, NamesTheDataRootThatIsMissing) {
  options_.data_root = folder_ / "nowhere";
  const ReportEntry entry = Entry("data", "folder");
  EXPECT_EQ(entry.status, Status::kProblem);
  EXPECT_EQ(entry.value, (folder_ / "nowhere").string() + " is missing");
  EXPECT_THAT(entry.fix, HasSubstr("./libero build"));
}

TEST_F(DoctorTest, RefusesAFileAndABrokenLinkAsDataRoot) {
  options_.data_root = root_ / "assets/textures/wood.png";
  EXPECT_THAT(Entry("data", "folder").value, EndsWith("is not a folder"));
  fs::create_symlink("nothing", folder_ / "link");
  options_.data_root = folder_ / "link";
  EXPECT_THAT(Entry("data", "folder").value, EndsWith("is a broken link"));
}

TEST_F(DoctorTest, SaysWhyNoDataRootWasFound) {
  options_.data_root = "";
  options_.data_root_error = Error("no benchmark data at /x", "set LIBERO_DATA").what();
  const ReportEntry entry = Entry("data", "folder");
  EXPECT_EQ(entry.status, Status::kProblem);
  EXPECT_EQ(entry.value, "no benchmark data at /x");
  EXPECT_EQ(entry.fix, "set LIBERO_DATA");
}

TEST_F(DoctorTest, RefusesFoldersThatAreMissingEmptyOrNoFolders) {
  fs::remove_all(root_ / "robosuite");
  fs::remove_all(root_ / "assets");
  Write("assets");
  fs::remove_all(root_ / "libero/init_files");
  fs::create_directory(root_ / "libero/init_files");
  EXPECT_EQ(Entry("data", "robot").value, "robosuite is missing");
  EXPECT_EQ(Entry("data", "assets").value, "assets is not a folder");
  EXPECT_EQ(Entry("data", "initial states").value, "no .npz files in libero/init_files");
  for (const char* name : {"robot", "assets", "initial states"}) {
    EXPECT_EQ(Entry("data", name).status, Status::kProblem);
  }
}

TEST_F(DoctorTest, TheFixFetchesTheFolderAgain) {
  fs::remove_all(root_ / "libero/bddl_files");
  EXPECT_EQ(Entry("data", "tasks").fix,
            "cd " + (folder_ / "clone").string() +
                " && rm -rf .deps/.complete .deps/libero && ./libero build");
}

TEST_F(DoctorTest, NeverTellsToRemoveDataThatTheSetUpDoesNotFill) {
  fs::rename(root_, folder_ / "my data");
  options_.data_root = folder_ / "my data";
  fs::remove_all(options_.data_root / "libero");
  const std::string fix = Entry("data", "tasks").fix;
  EXPECT_THAT(fix, Not(HasSubstr("rm ")));
  EXPECT_THAT(fix, HasSubstr("'" + options_.data_root.string() + "'")) << "quoted for a shell";
}

TEST_F(DoctorTest, NamesNeededFilesThatCannotBeUsed) {
  fs::remove(root_ / "assets/scenes/table.xml");
  Write("assets/empty.msh", "");
  fs::create_directory(root_ / "assets/folder.png");
  fs::create_symlink("nothing", root_ / "assets/link.png");
  options_.expected_assets = {"assets/scenes/table.xml", "assets/empty.msh", "assets/folder.png",
                              "assets/textures/wood.png"};
  const ReportEntry entry = Entry("data", "needed files");
  EXPECT_EQ(entry.status, Status::kProblem);
  EXPECT_EQ(entry.value,
            "3 of 4 files cannot be used: assets/scenes/table.xml (missing), "
            "assets/empty.msh (empty), assets/folder.png (not a file)");
  EXPECT_THAT(entry.fix, HasSubstr("rm -rf .deps/.complete .deps/assets && ./libero build"));
  options_.expected_assets.emplace_back("assets/link.png");
  EXPECT_THAT(Entry("data", "needed files").value, EndsWith(" and 1 more"));
  options_.expected_assets = {"assets/link.png"};
  EXPECT_THAT(Entry("data", "needed files").value, HasSubstr("assets/link.png (broken link)"));
}

TEST_F(DoctorTest, FindsNeededFilesThatArePacked) {
  fs::rename(root_ / "assets/textures/wood.png", root_ / "assets/textures/wood.png.webp");
  fs::rename(root_ / "assets/scenes/table.xml", root_ / "assets/scenes/table.xml.zst");
  EXPECT_EQ(Entry("data", "needed files").status, Status::kOk);
}

TEST_F(DoctorTest, SaysWhyNeededFilesAreUnknown) {
  options_.expected_assets.clear();
  options_.expected_assets_error = Error("task table: not found", "look again").what();
  const ReportEntry entry = Entry("data", "needed files");
  EXPECT_EQ(entry.status, Status::kProblem);
  EXPECT_EQ(entry.value, "task table: not found");
  EXPECT_EQ(entry.fix, "look again");
}

// disk

TEST_F(DoctorTest, TellsThePlaceAndSizeOfTheCache) {
  EXPECT_EQ(Entry("disk", "scene cache").value, options_.scene_cache.string() + ", empty");
  fs::create_directories(options_.scene_cache / "pieces");
  std::ofstream(options_.scene_cache / "pieces/a") << std::string(5 << 20, 'x');
  EXPECT_EQ(Entry("disk", "scene cache").value, options_.scene_cache.string() + ", 5 MiB");
  EXPECT_EQ(Entry("disk", "scene cache").status, Status::kOk);
}

TEST_F(DoctorTest, CreatesNothing) {
  (void)Report();
  EXPECT_FALSE(fs::exists(options_.scene_cache));
}

TEST_F(DoctorTest, NotesAFileInPlaceOfTheCache) {
  std::ofstream(folder_ / "file") << "x";
  options_.scene_cache = folder_ / "file" / "scenes";
  const ReportEntry entry = Entry("disk", "scene cache");
  EXPECT_EQ(entry.status, Status::kNote) << "scenes are compiled then";
  EXPECT_EQ(entry.value, "none: " + (folder_ / "file").string() + " is not a folder");
  EXPECT_THAT(entry.fix, HasSubstr("LIBERO_CACHE"));
}

TEST_F(DoctorTest, NotesACacheThatCannotBeWritten) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  ASSERT_EQ(chmod((folder_ / "cache").c_str(), 0500), 0);
  EXPECT_EQ(Entry("disk", "scene cache").status, Status::kNote);
  EXPECT_THAT(Entry("disk", "scene cache").value, EndsWith("cannot be written"));
}

TEST_F(DoctorTest, NotesThatNothingIsCached) {
  options_.scene_cache = "";
  EXPECT_EQ(Entry("disk", "scene cache").status, Status::kNote);
}

TEST_F(DoctorTest, WarnsOfAFullDisk) {
  EXPECT_EQ(Entry("disk", "free space").status, Status::kOk);
  options_.min_free_bytes = int64_t{1} << 60;
  EXPECT_EQ(Entry("disk", "free space").status, Status::kProblem);
  EXPECT_THAT(Entry("disk", "free space").fix, HasSubstr("make room"));
}

// printing

SystemReport SmallReport() {
  return {{{"program", "libero", "0.1.0", Status::kOk, ""},
           {"data", "assets", "some words that go on", Status::kProblem, "do this and that"},
           {"data", "tasks", "few", Status::kNote, ""}}};
}

TEST(PrintTest, AlignsValuesInSections) {
  std::ostringstream out;
  Print(SmallReport(), out);
  EXPECT_EQ(out.str(),
            "program\n"
            "  ✓ libero  0.1.0\n"
            "\n"
            "data\n"
            "  ✗ assets  some words that go on\n"
            "            fix: do this and that\n"
            "  ! tasks   few\n"
            "\n"
            "1 problem, 1 note.\n");
}

TEST(PrintTest, WrapsValuesButNotFixes) {
  std::ostringstream out;
  Print(SmallReport(), out, false, 25);
  EXPECT_THAT(out.str(), HasSubstr("  ✗ assets  some words\n"
                                   "            that go on\n"
                                   "            fix: do this and that\n"));
}

TEST(PrintTest, ColorsOnlyIfAsked) {
  std::ostringstream plain;
  std::ostringstream colored;
  Print(SmallReport(), plain);
  Print(SmallReport(), colored, true);
  EXPECT_THAT(plain.str(), Not(HasSubstr("\033")));
  EXPECT_THAT(colored.str(), HasSubstr("\033[31m✗\033[0m assets"));
}

TEST(PrintJsonTest, HasTheSameFacts) {
  std::ostringstream out;
  SystemReport report = SmallReport();
  report.entries[0].value = "\xff";  // drivers need not speak UTF-8
  PrintJson(report, out);
  const auto json = nlohmann::json::parse(out.str());
  EXPECT_EQ(json.at("problems"), 1);
  EXPECT_EQ(json.at("notes"), 1);
  ASSERT_EQ(json.at("entries").size(), 3u);
  const auto& entry = json.at("entries").at(1);
  EXPECT_EQ(entry.at("section"), "data");
  EXPECT_EQ(entry.at("name"), "assets");
  EXPECT_EQ(entry.at("value"), "some words that go on");
  EXPECT_EQ(entry.at("status"), "problem");
  EXPECT_EQ(entry.at("fix"), "do this and that");
}

TEST_F(DoctorTest, TheCommandFailsIfThereIsAProblem) {
  options_.data_root = folder_ / "nowhere";
  std::ostringstream out;
  EXPECT_EQ(RunDoctorCommand(options_, out), 1);
  EXPECT_THAT(out.str(), AllOf(HasSubstr("is missing"), HasSubstr("fix: ")));
  options_.json = true;
  std::ostringstream json;
  EXPECT_EQ(RunDoctorCommand(options_, json), 1);
  EXPECT_GE(nlohmann::json::parse(json.str()).at("problems"), 1);
}

}  // namespace
}  // namespace libero
