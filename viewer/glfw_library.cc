#include "viewer/glfw_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "sim/base/check.h"

namespace libero {
namespace {

template <typename Function>
void Load(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) throw Error(fmt::format("libglfw.so.3 has no {}", name));
}

}  // namespace

GlfwLibrary::GlfwLibrary() {
  // never closed: OpenGL drivers that it loads cannot be unloaded
  void* const library = dlopen("libglfw.so.3", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error("cannot open a window: libglfw.so.3 is not there",
                "apt-get install libglfw3; without a window, 'libero eval' runs episodes and "
                "'libero view ... --screenshot FILE.png' draws the viewer into a file");
  }
  Load(library, "glfwInit", init);
  Load(library, "glfwTerminate", terminate);
  Load(library, "glfwGetError", get_error);
  Load(library, "glfwWindowHint", window_hint);
  Load(library, "glfwCreateWindow", create_window);
  Load(library, "glfwDestroyWindow", destroy_window);
  Load(library, "glfwWindowShouldClose", window_should_close);
  Load(library, "glfwSetWindowTitle", set_window_title);
  Load(library, "glfwGetWindowSize", get_window_size);
  Load(library, "glfwGetFramebufferSize", get_framebuffer_size);
  Load(library, "glfwGetWindowContentScale", get_window_content_scale);
  Load(library, "glfwMakeContextCurrent", make_context_current);
  Load(library, "glfwSwapInterval", swap_interval);
  Load(library, "glfwSwapBuffers", swap_buffers);
  Load(library, "glfwGetProcAddress", get_proc_address);
  Load(library, "glfwPollEvents", poll_events);
  Load(library, "glfwGetTime", get_time);
  Load(library, "glfwSetCursorPosCallback", set_cursor_pos_callback);
  Load(library, "glfwSetMouseButtonCallback", set_mouse_button_callback);
  Load(library, "glfwSetScrollCallback", set_scroll_callback);
  Load(library, "glfwSetKeyCallback", set_key_callback);
  Load(library, "glfwSetCharCallback", set_char_callback);
  Load(library, "glfwJoystickIsGamepad", joystick_is_gamepad);
  Load(library, "glfwGetGamepadState", get_gamepad_state);
  Load(library, "glfwSetWindowFocusCallback", set_window_focus_callback);
  Load(library, "glfwSetDropCallback", set_drop_callback);
  Load(library, "glfwGetClipboardString", get_clipboard_string);
  Load(library, "glfwSetClipboardString", set_clipboard_string);
}

}  // namespace libero
