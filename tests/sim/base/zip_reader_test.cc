#include "sim/base/zip_reader.h"

#include <cstdio>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/check.h"
#include "tests/sim/base/archive_builders.h"
#include "tests/test_folder.h"

namespace libero {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::string Repeated(size_t size) {
  std::string text;
  for (size_t i = 0; i < size; ++i) text.push_back(static_cast<char>(i * i >> 4));
  return text;
}

ZipBuilder TwoEntries() {
  ZipBuilder builder;
  builder.Add("folder/stored", "hello");
  builder.Add("deflated", Repeated(300), /*is_deflated=*/true);
  return builder;
}

// What the archive holds, read completely.
std::string ReadAll(std::string_view archive) {
  const ZipReader zip(AsBytes(archive), "test.zip");
  std::string result;
  for (const ZipEntry& entry : zip.entries()) {
    result += entry.name + "=" + AsText(zip.Read(entry)) + ";";
  }
  return result;
}

std::string ErrorOf(const std::string& archive) {
  try {
    ReadAll(archive);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ZipReaderTest, ReadsStoredAndDeflatedEntries) {
  const std::string expected = "folder/stored=hello;deflated=" + Repeated(300) + ";";
  EXPECT_EQ(ReadAll(TwoEntries().Finish()), expected);
}

TEST(ZipReaderTest, ReadsZip64Records) {
  ZipBuilder builder = TwoEntries();
  builder.is_zip64 = true;
  EXPECT_EQ(ReadAll(builder.Finish()), ReadAll(TwoEntries().Finish()));
}

TEST(ZipReaderTest, ReadsAnArchiveWithAComment) {
  ZipBuilder builder = TwoEntries();
  builder.comment = std::string("PK\x05\x06 is also in here") + std::string(30000, 'c');
  EXPECT_EQ(ReadAll(builder.Finish()), ReadAll(TwoEntries().Finish()));
}

TEST(ZipReaderTest, ReadsEmptyArchivesAndEmptyEntries) {
  EXPECT_EQ(ReadAll(ZipBuilder().Finish()), "");
  ZipBuilder builder;
  builder.Add("stored", "");
  builder.Add("deflated", "", /*is_deflated=*/true);
  EXPECT_EQ(ReadAll(builder.Finish()), "stored=;deflated=;");
}

TEST(ZipReaderTest, ReadsAFileAndSurvivesAMove) {
  const TestFolder folder;
  const std::filesystem::path path = folder / "test.zip";
  std::ofstream(path, std::ios::binary) << TwoEntries().Finish();
  ZipReader first(path.string());
  const ZipReader zip = std::move(first);
  EXPECT_EQ(zip.name(), path.string());
  EXPECT_EQ(AsText(zip.Read(*zip.Find("folder/stored"))), "hello");
  EXPECT_EQ(zip.Find("stored"), nullptr);
}

TEST(ZipReaderTest, ViewsStoredEntriesInPlace) {
  const std::string archive = TwoEntries().Finish();
  const ZipReader zip(AsBytes(archive), "test.zip");
  const std::span<const std::byte> view = zip.View(*zip.Find("folder/stored"));
  EXPECT_EQ(AsText(view), "hello");
  EXPECT_GE(view.data(), AsBytes(archive).data());
  EXPECT_LT(view.data(), AsBytes(archive).data() + archive.size());
  EXPECT_THAT([&] { (void)zip.View(*zip.Find("deflated")); },
              ThrowsMessage<Error>(HasSubstr("compression method 8, expected 0 (stored)")));
}

TEST(ZipReaderTest, RefusesMissingFilesAndFolders) {
  EXPECT_THAT(
      [] { ZipReader("/nonexistent/a.zip"); },
      ThrowsMessage<Error>(HasSubstr("/nonexistent/a.zip: cannot be opened: No such file")));
  EXPECT_THAT([] { ZipReader("/"); }, ThrowsMessage<Error>(HasSubstr("expected a regular file")));
}

TEST(ZipReaderTest, RefusesOtherFiles) {
  EXPECT_THAT(ErrorOf("\x93NUMPY and more"),
              HasSubstr("test.zip: not a zip archive: expected the first bytes 50 4b 03 04, got 93 "
                        "4e 55 4d"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("no zip directory at the end of its 0 bytes (truncated?)"));
}

TEST(ZipReaderTest, RefusesEveryTruncation) {
  for (const bool is_zip64 : {false, true}) {
    ZipBuilder builder = TwoEntries();
    builder.is_zip64 = is_zip64;
    const std::string archive = builder.Finish();
    for (size_t size = 0; size < archive.size(); ++size) {
      EXPECT_NE(ErrorOf(archive.substr(0, size)), "no error") << "size " << size;
    }
  }
}

TEST(ZipReaderTest, AnswersEveryFlippedByteWithAnErrorOrTheSameContents) {
  for (const bool is_zip64 : {false, true}) {
    ZipBuilder builder;
    builder.is_zip64 = is_zip64;
    builder.Add("a", "hello");
    builder.Add("b", Repeated(100), /*is_deflated=*/true);
    const std::string archive = builder.Finish();
    const std::string contents = ReadAll(archive);
    for (size_t i = 0; i < archive.size(); ++i) {
      for (const char mask : {'\x01', '\x80', '\xff'}) {
        std::string changed = archive;
        changed[i] = static_cast<char>(changed[i] ^ mask);
        if (ErrorOf(changed) == "no error") {
          EXPECT_EQ(ReadAll(changed), contents) << i;
        }
      }
    }
  }
}

TEST(ZipReaderTest, RefusesAWrongChecksum) {
  ZipBuilder builder;
  builder.Add("a", "hello").crc ^= 1;
  EXPECT_THAT(ErrorOf(builder.Finish()),
              HasSubstr("entry 'a': wrong checksum, expected CRC-32 3610a687, got 3610a686"));

  const std::string archive = builder.Finish();
  const ZipReader zip(AsBytes(archive), "test.zip");
  EXPECT_EQ(AsText(zip.View(zip.entries()[0])), "hello");
  EXPECT_THAT([&] { zip.CheckCrc(zip.entries()[0]); },
              ThrowsMessage<Error>(HasSubstr("wrong checksum")));
}

TEST(ZipReaderTest, RefusesSizesOutOfRange) {
  for (const bool is_zip64 : {false, true}) {
    const uint64_t huge = is_zip64 ? ~uint64_t{0} - 8 : 0xfffffff0;
    ZipBuilder stored;
    stored.is_zip64 = is_zip64;
    stored.Add("a", "hello").packed_size = huge;
    EXPECT_THAT(ErrorOf(stored.Finish()), HasSubstr("run over the end of the file"));

    ZipBuilder bomb;
    bomb.is_zip64 = is_zip64;
    bomb.Add("a", "hello", /*is_deflated=*/true).size = huge;
    EXPECT_THAT(ErrorOf(bomb.Finish()), HasSubstr("from 7 compressed ones, expected at most 7288"));

    ZipBuilder offset;
    offset.is_zip64 = is_zip64;
    offset.Add("a", "hello").extra_offset = huge;
    EXPECT_THAT(ErrorOf(offset.Finish()), HasSubstr("no entry header at byte"));
  }
  ZipBuilder unequal;
  unequal.Add("a", "hello").size = 6;
  EXPECT_THAT(ErrorOf(unequal.Finish()), HasSubstr("stored with 5 bytes but said to hold 6"));
}

TEST(ZipReaderTest, HonoursTheLimitOfRead) {
  ZipBuilder builder;
  builder.Add("stored", "hello");
  builder.Add("deflated", Repeated(100), /*is_deflated=*/true);
  const std::string archive = builder.Finish();
  const ZipReader zip(AsBytes(archive), "test.zip");
  EXPECT_THAT([&] { (void)zip.Read(zip.entries()[0], 4); },
              ThrowsMessage<Error>(HasSubstr("'stored' holds 5 bytes, expected at most 4")));
  EXPECT_THAT([&] { (void)zip.Read(zip.entries()[1], 99); },
              ThrowsMessage<Error>(HasSubstr("'deflated' claims 100 bytes")));
}

TEST(ZipReaderTest, RefusesWhatItCannotRead) {
  ZipBuilder method;
  method.Add("a", "hello").method = 12;
  EXPECT_THAT(ErrorOf(method.Finish()),
              HasSubstr("compression method 12, expected 0 (stored) or 8"));

  ZipBuilder encrypted;
  encrypted.Add("a", "hello").flags = 1;
  EXPECT_THAT(ErrorOf(encrypted.Finish()), HasSubstr("entry 'a' is encrypted"));

  ZipBuilder twice;
  twice.Add("a", "hello");
  twice.Add("a", "world");
  EXPECT_THAT(ErrorOf(twice.Finish()), HasSubstr("two entries are named 'a'"));

  ZipBuilder renamed;
  renamed.Add("a", "hello").local_name = "b";
  EXPECT_THAT(ErrorOf(renamed.Finish()), HasSubstr("belongs to another entry"));
}

TEST(ZipReaderTest, RefusesDamagedDirectories) {
  const std::string archive = TwoEntries().Finish();
  const size_t end = archive.size() - 22;
  std::string many = archive;
  many.replace(end + 8, 4, Little(0xfffe, 2) + Little(0xfffe, 2));
  EXPECT_THAT(ErrorOf(many), HasSubstr("cannot hold 65534 entries"));

  std::string outside = archive;
  outside.replace(end + 16, 4, Little(0xfffffff0, 4));
  EXPECT_THAT(ErrorOf(outside), HasSubstr("lies outside the file"));

  std::string no_zip64 = archive;
  no_zip64.replace(end + 16, 4, Little(0xffffffff, 4));
  EXPECT_THAT(ErrorOf(no_zip64), HasSubstr("a zip64 record that is not there"));
}

}  // namespace
}  // namespace libero
