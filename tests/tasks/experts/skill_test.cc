#include "tasks/experts/skill.h"

#include <stdexcept>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libero {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

// Counts how many of it there are.
class Counted {
 public:
  explicit Counted(int& count) : count_(&count) { ++*count_; }
  Counted(const Counted& other) : count_(other.count_) { ++*count_; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*count_; }

 private:
  int* count_;
};

// A step for each number, done as the action's first.
Skill Count(SkillCursor& cursor, int from, int to) {
  for (int i = from; i < to; ++i) co_await NextStep{cursor, {static_cast<double>(i)}};
  co_return from < to;
}

Skill CountUpAndNothing(SkillCursor& cursor, std::vector<bool>& results) {
  results.push_back(co_await Count(cursor, 0, 2));
  co_await NextStep{cursor, {10}};
  results.push_back(co_await Count(cursor, 5, 5));
  results.push_back(co_await Count(cursor, 7, 8));
  co_return true;
}

Skill Fail(SkillCursor& cursor) {
  co_await Count(cursor, 0, 1);
  throw std::runtime_error("cannot");
}

Skill Await(SkillCursor& cursor, Counted /*held*/, bool fails) {
  if (fails) co_return co_await Fail(cursor);
  co_return co_await Count(cursor, 0, 100);
}

Skill Catch(SkillCursor& cursor) {
  try {
    co_await Fail(cursor);
  } catch (const std::runtime_error&) {
    co_return true;
  }
  co_return false;
}

// Runs a skill to its end and tells the actions' first numbers.
std::vector<double> Do(const Skill& skill, SkillCursor& cursor) {
  std::vector<double> numbers;
  skill.Start(cursor);
  while (true) {
    cursor.next.resume();
    if (skill.is_done()) return numbers;
    numbers.push_back(cursor.action[0]);
  }
}

TEST(SkillTest, StopsAtEachStep) {
  SkillCursor cursor;
  const Skill skill = Count(cursor, 3, 6);
  EXPECT_FALSE(skill.is_done()) << "has not begun";
  EXPECT_THAT(Do(skill, cursor), ElementsAre(3, 4, 5));
  EXPECT_TRUE(skill.Result());
}

TEST(SkillTest, RunsOthersAndGetsTheirResults) {
  SkillCursor cursor;
  std::vector<bool> results;
  const Skill skill = CountUpAndNothing(cursor, results);
  EXPECT_THAT(Do(skill, cursor), ElementsAre(0, 1, 10, 7));
  EXPECT_THAT(results, ElementsAre(true, false, true));
}

TEST(SkillTest, PassesExceptionsOn) {
  SkillCursor cursor;
  int count = 0;
  const Skill skill = Await(cursor, Counted(count), true);
  EXPECT_THAT(Do(skill, cursor), ElementsAre(0));
  EXPECT_THAT([&] { (void)skill.Result(); }, ThrowsMessage<std::runtime_error>("cannot"));
}

TEST(SkillTest, MayCatchWhatOthersThrow) {
  SkillCursor cursor;
  const Skill skill = Catch(cursor);
  Do(skill, cursor);
  EXPECT_TRUE(skill.Result());
}

TEST(SkillTest, LeavesNothingBehindWhenItIsDroppedHalfway) {
  SkillCursor cursor;
  int count = 0;
  {
    const Skill unbegun = Await(cursor, Counted(count), false);
    const Skill skill = Await(cursor, Counted(count), false);
    skill.Start(cursor);
    for (int i = 0; i < 3; ++i) cursor.next.resume();
    EXPECT_EQ(cursor.action[0], 2);
    EXPECT_EQ(count, 2);
  }
  EXPECT_EQ(count, 0);
}

TEST(SkillTest, MovesWhileItRuns) {
  SkillCursor cursor;
  Skill skill = Count(cursor, 0, 2);
  skill.Start(cursor);
  cursor.next.resume();
  const Skill moved = std::move(skill);
  cursor.next.resume();
  EXPECT_EQ(cursor.action[0], 1);
  cursor.next.resume();
  EXPECT_TRUE(moved.is_done());
}

}  // namespace
}  // namespace libero
