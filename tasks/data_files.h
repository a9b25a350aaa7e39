#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "sim/doctor.h"
#include "tasks/suites.h"

namespace libero {

// The files that a suite's scenes are made of (MJCF, meshes, textures), relative to the data root.
// Throws Error if a task's BDDL or MJCF files cannot be read.
std::set<std::string> SceneFiles(const std::filesystem::path& data_root, const Suite& suite);

// Fills in which files the doctor has to look for: all that the suites need whose BDDL files are
// there (an exported folder has one suite), or why that cannot be said.
void AddExpectedFiles(DoctorOptions& options);

}  // namespace libero
