#include "viewer/window.h"

#include <GL/gl.h>
#include <backends/imgui_impl_opengl3.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "sim/base/check.h"

namespace libero {

// The functions of OpenGL that ImGui's backend does not call for us.
struct Window::Gl {
  explicit Gl(const GlfwLibrary& glfw) {
    Load(glfw, "glGenTextures", gen_textures);
    Load(glfw, "glDeleteTextures", delete_textures);
    Load(glfw, "glBindTexture", bind_texture);
    Load(glfw, "glTexImage2D", tex_image);
    Load(glfw, "glTexParameteri", tex_parameter);
    Load(glfw, "glPixelStorei", pixel_store);
    Load(glfw, "glViewport", viewport);
    Load(glfw, "glClearColor", clear_color);
    Load(glfw, "glClear", clear);
    Load(glfw, "glReadPixels", read_pixels);
  }

  template <typename Function>
  static void Load(const GlfwLibrary& glfw, const char* name, Function& function) {
    function = reinterpret_cast<Function>(glfw.get_proc_address(name));
    if (function == nullptr) throw Error(fmt::format("OpenGL has no {}", name));
  }

  decltype(&glGenTextures) gen_textures = nullptr;
  decltype(&glDeleteTextures) delete_textures = nullptr;
  decltype(&glBindTexture) bind_texture = nullptr;
  decltype(&glTexImage2D) tex_image = nullptr;
  decltype(&glTexParameteri) tex_parameter = nullptr;
  decltype(&glPixelStorei) pixel_store = nullptr;
  decltype(&glViewport) viewport = nullptr;
  decltype(&glClearColor) clear_color = nullptr;
  decltype(&glClear) clear = nullptr;
  decltype(&glReadPixels) read_pixels = nullptr;
};

namespace {

constexpr const char* kWithoutDisplay =
    "without a display, 'libero eval' runs episodes and 'libero view ... --screenshot FILE.png' "
    "draws the viewer into a file";

[[noreturn]] void FailToOpen(const GlfwLibrary& glfw) {
  const char* problem = nullptr;
  glfw.get_error(&problem);
  const std::string message =
      fmt::format("cannot open a window: {}", problem == nullptr ? "no reason given" : problem);
  glfw.terminate();
  throw Error(message, kWithoutDisplay);
}

GLuint NameOf(ImTextureID texture) {
  return static_cast<GLuint>(reinterpret_cast<intptr_t>(texture));
}

// ImGui's keys that widgets use, and GLFW's.
constexpr std::pair<ImGuiKey, int> kKeys[] = {{ImGuiKey_Tab, GLFW_KEY_TAB},
                                              {ImGuiKey_LeftArrow, GLFW_KEY_LEFT},
                                              {ImGuiKey_RightArrow, GLFW_KEY_RIGHT},
                                              {ImGuiKey_UpArrow, GLFW_KEY_UP},
                                              {ImGuiKey_DownArrow, GLFW_KEY_DOWN},
                                              {ImGuiKey_PageUp, GLFW_KEY_PAGE_UP},
                                              {ImGuiKey_PageDown, GLFW_KEY_PAGE_DOWN},
                                              {ImGuiKey_Home, GLFW_KEY_HOME},
                                              {ImGuiKey_End, GLFW_KEY_END},
                                              {ImGuiKey_Insert, GLFW_KEY_INSERT},
                                              {ImGuiKey_Delete, GLFW_KEY_DELETE},
                                              {ImGuiKey_Backspace, GLFW_KEY_BACKSPACE},
                                              {ImGuiKey_Space, GLFW_KEY_SPACE},
                                              {ImGuiKey_Enter, GLFW_KEY_ENTER},
                                              {ImGuiKey_Escape, GLFW_KEY_ESCAPE},
                                              {ImGuiKey_KeyPadEnter, GLFW_KEY_KP_ENTER},
                                              {ImGuiKey_A, GLFW_KEY_A},
                                              {ImGuiKey_C, GLFW_KEY_C},
                                              {ImGuiKey_V, GLFW_KEY_V},
                                              {ImGuiKey_X, GLFW_KEY_X},
                                              {ImGuiKey_Y, GLFW_KEY_Y},
                                              {ImGuiKey_Z, GLFW_KEY_Z}};

}  // namespace

Window::Window(const std::string& title, int width, int height) {
  if (glfw_.init() == GLFW_FALSE) FailToOpen(glfw_);
  glfw_.window_hint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfw_.window_hint(GLFW_CONTEXT_VERSION_MINOR, 0);
  glfw_.window_hint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  window_ = glfw_.create_window(width, height, title.c_str(), nullptr, nullptr);
  if (window_ == nullptr) FailToOpen(glfw_);
  glfw_.make_context_current(window_);
  glfw_.swap_interval(1);
  gl_ = std::make_unique<Gl>(glfw_);
  glfw_.get_window_content_scale(window_, &scale_, nullptr);
  ListenToEvents();
}

Window::~Window() {
  while (!textures_.empty()) Destroy(textures_.back());
  if (is_drawing_) ImGui_ImplOpenGL3_Shutdown();
  glfw_.destroy_window(window_);
  glfw_.terminate();
}

void Window::StartDrawing() {
  if (!ImGui_ImplOpenGL3_Init("#version 130")) {
    throw Error("cannot draw in a window: OpenGL 3 is not there", kWithoutDisplay);
  }
  is_drawing_ = true;
}

void Window::ListenToEvents() {
  ImGuiIO& io = ImGui::GetIO();
  for (const auto& [key, code] : kKeys) io.KeyMap[key] = code;
  io.ClipboardUserData = this;
  io.GetClipboardTextFn = [](void* self) {
    const auto* window = static_cast<Window*>(self);
    return window->glfw_.get_clipboard_string(window->window_);
  };
  io.SetClipboardTextFn = [](void* self, const char* text) {
    const auto* window = static_cast<Window*>(self);
    window->glfw_.set_clipboard_string(window->window_, text);
  };
  io.UserData = this;
  glfw_.set_cursor_pos_callback(window_, [](GLFWwindow*, double x, double y) {
    ImGui::GetIO().MousePos = {static_cast<float>(x), static_cast<float>(y)};
  });
  glfw_.set_mouse_button_callback(window_, [](GLFWwindow*, int button, int action, int) {
    ImGuiIO& mouse = ImGui::GetIO();
    if (button >= IM_ARRAYSIZE(mouse.MouseDown)) return;
    static_cast<Window*>(mouse.UserData)->SetDown(mouse.MouseDown[button], action == GLFW_PRESS);
  });
  glfw_.set_scroll_callback(window_, [](GLFWwindow*, double x, double y) {
    ImGui::GetIO().MouseWheelH += static_cast<float>(x);
    ImGui::GetIO().MouseWheel += static_cast<float>(y);
  });
  glfw_.set_key_callback(window_, [](GLFWwindow*, int key, int, int action, int) {
    ImGuiIO& keys = ImGui::GetIO();
    if (key < 0 || key >= IM_ARRAYSIZE(keys.KeysDown) || action == GLFW_REPEAT) return;
    static_cast<Window*>(keys.UserData)->SetDown(keys.KeysDown[key], action == GLFW_PRESS);
  });
  glfw_.set_char_callback(window_, [](GLFWwindow*, unsigned character) {
    ImGui::GetIO().AddInputCharacter(character);
  });
  glfw_.set_window_focus_callback(window_, [](GLFWwindow*, int focused) {
    ImGui::GetIO().AddFocusEvent(focused != 0);
    if (focused == 0) ImGui::GetIO().ClearInputKeys();
  });
}

// ImGui looks once a frame: what goes down and up again in between stays down for one frame.
void Window::SetDown(bool& state, bool is_down) {
  if (is_down) {
    state = true;
    new_.push_back(&state);
    std::erase(late_, &state);
  } else if (std::ranges::find(new_, &state) != new_.end()) {
    late_.push_back(&state);
  } else {
    state = false;
  }
}

void Window::BeginFrame() {
  glfw_.poll_events();
  ImGuiIO& io = ImGui::GetIO();
  io.KeyCtrl = io.KeysDown[GLFW_KEY_LEFT_CONTROL] || io.KeysDown[GLFW_KEY_RIGHT_CONTROL];
  io.KeyShift = io.KeysDown[GLFW_KEY_LEFT_SHIFT] || io.KeysDown[GLFW_KEY_RIGHT_SHIFT];
  io.KeyAlt = io.KeysDown[GLFW_KEY_LEFT_ALT] || io.KeysDown[GLFW_KEY_RIGHT_ALT];
  io.KeySuper = io.KeysDown[GLFW_KEY_LEFT_SUPER] || io.KeysDown[GLFW_KEY_RIGHT_SUPER];
  int width = 0;
  int height = 0;
  glfw_.get_framebuffer_size(window_, &width, &height);
  io.DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
  glfw_.get_window_content_scale(window_, &scale_, nullptr);

  // no more than 60 frames a second, whether the display waits or not
  constexpr double kFrameTime = 1.0 / 61;
  const double left = last_time_ + kFrameTime - glfw_.get_time();
  if (last_time_ > 0 && left > 0) std::this_thread::sleep_for(std::chrono::duration<double>(left));
  const double now = glfw_.get_time();
  io.DeltaTime = last_time_ > 0 ? std::max(1e-4F, static_cast<float>(now - last_time_)) : 1.0F / 60;
  last_time_ = now;
  ImGui_ImplOpenGL3_NewFrame();
}

void Window::EndFrame(const ImDrawData& data) {
  gl_->viewport(0, 0, static_cast<int>(data.DisplaySize.x), static_cast<int>(data.DisplaySize.y));
  gl_->clear_color(0, 0, 0, 1);
  gl_->clear(GL_COLOR_BUFFER_BIT);
  for (bool* state : late_) *state = false;
  late_.clear();
  new_.clear();
  ImGui_ImplOpenGL3_RenderDrawData(const_cast<ImDrawData*>(&data));
  if (keeps_pictures_) ReadPicture();
  glfw_.swap_buffers(window_);
}

ImTextureID Window::Upload(ImTextureID texture, const Image& image) {
  GLuint name = NameOf(texture);
  const bool is_new = texture == nullptr;
  if (is_new) gl_->gen_textures(1, &name);
  gl_->bind_texture(GL_TEXTURE_2D, name);
  gl_->tex_parameter(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  gl_->tex_parameter(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  gl_->tex_parameter(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, 0x812F);  // GL_CLAMP_TO_EDGE
  gl_->tex_parameter(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, 0x812F);
  gl_->pixel_store(GL_UNPACK_ALIGNMENT, 1);
  gl_->tex_image(GL_TEXTURE_2D, 0, GL_RGB, image.width, image.height, 0, GL_RGB, GL_UNSIGNED_BYTE,
                 image.rgb.data());
  if (is_new) {
    texture = reinterpret_cast<ImTextureID>(static_cast<intptr_t>(name));
    textures_.push_back(texture);
  }
  return texture;
}

void Window::Destroy(ImTextureID texture) {
  const GLuint name = NameOf(texture);
  gl_->delete_textures(1, &name);
  std::erase(textures_, texture);
}

void Window::TakeFonts() {
  if (!is_drawing_) return;  // taken when that starts
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
}

std::optional<Gamepad> Window::gamepad() const {
  for (int joystick = GLFW_JOYSTICK_1; joystick <= GLFW_JOYSTICK_LAST; ++joystick) {
    GLFWgamepadstate state;
    if (glfw_.joystick_is_gamepad(joystick) == GLFW_FALSE) continue;
    if (glfw_.get_gamepad_state(joystick, &state) == GLFW_FALSE) continue;
    Gamepad gamepad;
    std::ranges::copy(state.axes, gamepad.axes.begin());
    std::ranges::transform(state.buttons, gamepad.buttons.begin(),
                           [](unsigned char button) { return button == GLFW_PRESS; });
    return gamepad;
  }
  return std::nullopt;
}

bool Window::should_close() const {
  return glfw_.window_should_close(window_) != 0;
}

void Window::SetTitle(const std::string& title) {
  glfw_.set_window_title(window_, title.c_str());
}

void Window::ReadPicture() {
  glfw_.get_framebuffer_size(window_, &picture_.width, &picture_.height);
  picture_.rgb.resize(size_t{3} * static_cast<size_t>(picture_.width) *
                      static_cast<size_t>(picture_.height));
  gl_->pixel_store(GL_PACK_ALIGNMENT, 1);
  gl_->read_pixels(0, 0, picture_.width, picture_.height, GL_RGB, GL_UNSIGNED_BYTE,
                   picture_.rgb.data());
}

}  // namespace libero
