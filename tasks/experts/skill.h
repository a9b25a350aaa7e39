#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "sim/base/check.h"
#include "sim/observation.h"

namespace libero {

// Where a running skill waits, and what it wants done for the next control step.
struct SkillCursor {
  std::coroutine_handle<> next;
  Action action{};
};

// A behaviour over many control steps, written as if it ran alone: a coroutine that says
// `co_await NextStep{cursor, action}` for each step, and `co_await` other skills to have them done
// first. It begins when it is awaited or started, and its result is what it returns with
// `co_return`, true for success. Arguments must be values, or outlive it.
class [[nodiscard]] Skill {
 public:
  struct promise_type {  // NOLINT(readability-identifier-naming): the language's name
    bool result = false;
    std::exception_ptr error;
    std::coroutine_handle<> caller = std::noop_coroutine();

    // hands control back to the caller for good
    struct Return {
      [[nodiscard]] bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(
          std::coroutine_handle<promise_type> skill) const noexcept {
        return skill.promise().caller;
      }
      void await_resume() const noexcept {}
    };

    Skill get_return_object() {
      return Skill(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] Return final_suspend() const noexcept { return {}; }
    void return_value(bool value) { result = value; }
    void unhandled_exception() { error = std::current_exception(); }
  };

  Skill(Skill&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Skill& operator=(Skill&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Skill(const Skill&) = delete;
  Skill& operator=(const Skill&) = delete;
  ~Skill() {
    if (handle_) handle_.destroy();
  }

  // For `co_await`: runs the skill, then gives its result or throws its exception.
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
    handle_.promise().caller = caller;
    return handle_;
  }
  [[nodiscard]] bool await_resume() const { return Result(); }

  // For the outermost skill: makes `cursor` stand at its beginning.
  void Start(SkillCursor& cursor) const { cursor.next = handle_; }
  [[nodiscard]] bool is_done() const { return handle_.done(); }

  // Once it is done; throws the exception that ended it.
  [[nodiscard]] bool Result() const {
    LIBERO_CHECK(is_done());
    if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
    return handle_.promise().result;
  }

 private:
  explicit Skill(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

// `co_await` it in a skill to have an action done and go on after that control step.
struct NextStep {
  SkillCursor& cursor;
  Action action;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> skill) const noexcept {
    cursor.next = skill;
    cursor.action = action;
  }
  void await_resume() const noexcept {}
};

}  // namespace libero
