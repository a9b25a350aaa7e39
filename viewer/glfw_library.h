#pragma once

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

namespace libero {

// GLFW as a table of functions that are loaded when a window is first wanted, so that the program
// starts, and runs where there are no displays, without it.
struct GlfwLibrary {
  // Throws Error if libglfw.so.3 is not there.
  GlfwLibrary();

  decltype(&glfwInit) init = nullptr;
  decltype(&glfwTerminate) terminate = nullptr;
  decltype(&glfwGetError) get_error = nullptr;
  decltype(&glfwWindowHint) window_hint = nullptr;
  decltype(&glfwCreateWindow) create_window = nullptr;
  decltype(&glfwDestroyWindow) destroy_window = nullptr;
  decltype(&glfwWindowShouldClose) window_should_close = nullptr;
  decltype(&glfwSetWindowTitle) set_window_title = nullptr;
  decltype(&glfwGetWindowSize) get_window_size = nullptr;
  decltype(&glfwGetFramebufferSize) get_framebuffer_size = nullptr;
  decltype(&glfwGetWindowContentScale) get_window_content_scale = nullptr;
  decltype(&glfwMakeContextCurrent) make_context_current = nullptr;
  decltype(&glfwSwapInterval) swap_interval = nullptr;
  decltype(&glfwSwapBuffers) swap_buffers = nullptr;
  decltype(&glfwGetProcAddress) get_proc_address = nullptr;
  decltype(&glfwPollEvents) poll_events = nullptr;
  decltype(&glfwGetTime) get_time = nullptr;
  decltype(&glfwSetCursorPosCallback) set_cursor_pos_callback = nullptr;
  decltype(&glfwSetMouseButtonCallback) set_mouse_button_callback = nullptr;
  decltype(&glfwSetScrollCallback) set_scroll_callback = nullptr;
  decltype(&glfwSetKeyCallback) set_key_callback = nullptr;
  decltype(&glfwSetCharCallback) set_char_callback = nullptr;
  decltype(&glfwJoystickIsGamepad) joystick_is_gamepad = nullptr;
  decltype(&glfwGetGamepadState) get_gamepad_state = nullptr;
  decltype(&glfwSetWindowFocusCallback) set_window_focus_callback = nullptr;
  decltype(&glfwSetDropCallback) set_drop_callback = nullptr;
  decltype(&glfwGetClipboardString) get_clipboard_string = nullptr;
  decltype(&glfwSetClipboardString) set_clipboard_string = nullptr;
};

}  // namespace libero
