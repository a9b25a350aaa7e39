#include "sim/base/pickle_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/pickle_opcodes.h"

namespace libero {
namespace {

constexpr const char* kPlainHint =
    "only tensors, numpy arrays and plain containers are read, and nothing in the file is "
    "executed; "
    "save a state_dict or an array: torch.save(model.state_dict(), path)";
constexpr const char* kDamagedHint = "the file is damaged; fetch or copy it again";
constexpr const char* kProtocolHint = "save with torch.save's default pickle_protocol=2";

constexpr size_t kMaxNameSize = 256;  // of a global; keys of storages too

// The bytes whose values are the code points of UTF-8 `text`; empty if one is over 255 or broken.
std::optional<std::string> EncodeLatin1(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    // code points 128 to 255 are the two-byte sequences c2 80 to c3 bf
    auto code = static_cast<uint8_t>(text[i]);
    if (code >= 0x80) {
      const bool is_pair = (code == 0xc2 || code == 0xc3) && ++i < text.size() &&
                           (static_cast<uint8_t>(text[i]) & 0xc0) == 0x80;
      if (!is_pair) return std::nullopt;
      code = static_cast<uint8_t>((code << 6) | (text[i] & 0x3f));
    }
    result.push_back(static_cast<char>(code));
  }
  return result;
}

// Runs one pickle stream and leaves its values in a deque. A stack machine: every opcode pushes,
// pops or changes values; the memo gives values numbers by which they are pushed again.
class PickleMachine {
 public:
  PickleMachine(std::span<const std::byte> code, std::string where, std::deque<PickleValue>* values)
      : code_(reinterpret_cast<const char*>(code.data()), code.size()),
        where_(std::move(where)),
        values_(values) {}

  PickleRef Run();

 private:
  using Handler = void (PickleMachine::*)();
  using Call = PickleValue* (PickleMachine::*)(const PickleTuple& arguments);

  // A Python name that may occur. `call`: what REDUCE does with it, null if it is only mentioned.
  struct Global {
    std::string_view name;
    Call call;
    std::optional<DType> storage;  // for the storage classes, the element type
  };

  static Handler FindHandler(uint8_t code);  // null: not an opcode, or a refused one
  static const Global* FindGlobal(std::string_view name);

  [[noreturn]] void Fail(const std::string& message, const char* hint = kDamagedHint) const;

  // reading the stream
  std::string_view Take(size_t count);
  std::string_view TakeLine();
  template <typename T>
  T TakeNumber() {
    T value;  // NOLINT(cppcoreguidelines-init-variables): filled by the next line
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(&value, Take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  // the stack
  template <typename T>
  PickleValue* New(T value) {
    if (values_->size() >= kMaxPickleValues) {
      Fail(fmt::format("expected at most {} values", kMaxPickleValues), kPlainHint);
    }
    return &values_->emplace_back(PickleValue{.data = std::move(value)});
  }
  void Push(PickleValue* value) { stack_.push_back(value); }
  [[nodiscard]] PickleValue* Top() const;
  PickleValue* Pop();
  std::vector<PickleRef> PopMarked();
  void PushTuple(size_t count);
  void Put(uint32_t index);
  void Get(uint32_t index);

  // checked access to parts of values
  template <typename T>
  const T& Expect(PickleRef value, std::string_view what) const {
    const T* const part = value->As<T>();
    if (part == nullptr) Fail(fmt::format("expected {}, got a {}", what, value->TypeName()));
    return *part;
  }
  template <typename T>
  T& ExpectTop(std::string_view what) {
    return const_cast<T&>(Expect<T>(Top(), what));
  }
  const PickleTuple& ExpectTuple(PickleRef value, size_t min_size, size_t max_size,
                                 std::string_view what) const;
  std::vector<int64_t> ReadDimensions(PickleRef value, std::string_view what) const;

  // one per opcode
  void Proto();
  void Stop() { is_stopped_ = true; }
  void Mark() { marks_.push_back(stack_.size()); }
  void None() { Push(New(PickleNone{})); }
  void NewTrue() { Push(New(true)); }
  void NewFalse() { Push(New(false)); }
  void BinInt() { Push(New(int64_t{TakeNumber<int32_t>()})); }
  void BinInt1() { Push(New(int64_t{TakeNumber<uint8_t>()})); }
  void BinInt2() { Push(New(int64_t{TakeNumber<uint16_t>()})); }
  void Long1();
  void BinFloat();
  void BinUnicode() { Push(New(std::string(Take(TakeNumber<uint32_t>())))); }
  void EmptyTuple() { Push(New(PickleTuple{})); }
  void Tuple() { Push(New(PickleTuple{.items = PopMarked()})); }
  void Tuple1() { PushTuple(1); }
  void Tuple2() { PushTuple(2); }
  void Tuple3() { PushTuple(3); }
  void EmptyList() { Push(New(PickleList{})); }
  void Append();
  void Appends();
  void EmptyDict() { Push(New(PickleDict{})); }
  void SetItem();
  void SetItems();
  void BinPut() { Put(TakeNumber<uint8_t>()); }
  void LongBinPut() { Put(TakeNumber<uint32_t>()); }
  void BinGet() { Get(TakeNumber<uint8_t>()); }
  void LongBinGet() { Get(TakeNumber<uint32_t>()); }
  void PushGlobal();
  void Reduce();
  void Build();
  void BinPersId();

  // what REDUCE and BUILD do
  PickleValue* MakeOrderedDict(const PickleTuple& arguments);
  PickleValue* MakeBytes(const PickleTuple& arguments);
  PickleValue* EncodeText(const PickleTuple& arguments);
  PickleValue* MakeArray(const PickleTuple& arguments);
  PickleValue* MakeDType(const PickleTuple& arguments);
  PickleValue* MakeTensor(const PickleTuple& arguments);
  PickleValue* MakeParameter(const PickleTuple& arguments);
  void BuildArray(PickleArray* array, PickleRef state) const;
  void BuildDType(PickleRef state) const;

  std::string_view code_;
  std::string where_;
  std::deque<PickleValue>* values_;
  size_t position_ = 0;
  size_t opcode_position_ = 0;
  std::optional<uint8_t> opcode_;  // the one that runs
  bool is_stopped_ = false;
  size_t num_encoded_ = 0;  // bytes made by EncodeText
  std::vector<PickleValue*> stack_;
  std::vector<size_t> marks_;  // stack sizes
  std::unordered_map<uint32_t, PickleValue*> memo_;
};

PickleMachine::Handler PickleMachine::FindHandler(uint8_t code) {
  using M = PickleMachine;
  static constexpr auto kHandlers = std::to_array<std::pair<uint8_t, Handler>>({
      {'(', &M::Mark},       {'.', &M::Stop},       {'J', &M::BinInt},     {'K', &M::BinInt1},
      {'M', &M::BinInt2},    {'N', &M::None},       {'Q', &M::BinPersId},  {'R', &M::Reduce},
      {'X', &M::BinUnicode}, {'a', &M::Append},     {'b', &M::Build},      {'c', &M::PushGlobal},
      {'}', &M::EmptyDict},  {'e', &M::Appends},    {'h', &M::BinGet},     {'j', &M::LongBinGet},
      {']', &M::EmptyList},  {'q', &M::BinPut},     {'r', &M::LongBinPut}, {'s', &M::SetItem},
      {'t', &M::Tuple},      {')', &M::EmptyTuple}, {'u', &M::SetItems},   {'G', &M::BinFloat},
      {0x80, &M::Proto},     {0x85, &M::Tuple1},    {0x86, &M::Tuple2},    {0x87, &M::Tuple3},
      {0x88, &M::NewTrue},   {0x89, &M::NewFalse},  {0x8a, &M::Long1},
  });
  const auto* const found = std::find_if(kHandlers.begin(), kHandlers.end(),
                                         [code](const auto& row) { return row.first == code; });
  return found == kHandlers.end() ? nullptr : found->second;
}

const PickleMachine::Global* PickleMachine::FindGlobal(std::string_view name) {
  using M = PickleMachine;
  static constexpr auto kGlobals = std::to_array<Global>({
      {"collections.OrderedDict", &M::MakeOrderedDict, {}},
      {"__builtin__.bytes", &M::MakeBytes, {}},
      {"_codecs.encode", &M::EncodeText, {}},
      {"numpy.core.multiarray._reconstruct", &M::MakeArray, {}},   // numpy 1
      {"numpy._core.multiarray._reconstruct", &M::MakeArray, {}},  // numpy 2
      {"numpy.ndarray", nullptr, {}},
      {"numpy.dtype", &M::MakeDType, {}},
      {"torch._utils._rebuild_tensor_v2", &M::MakeTensor, {}},
      {"torch._utils._rebuild_parameter", &M::MakeParameter, {}},
      {"torch.BoolStorage", nullptr, DType::kBool},
      {"torch.ByteStorage", nullptr, DType::kU8},
      {"torch.CharStorage", nullptr, DType::kI8},
      {"torch.ShortStorage", nullptr, DType::kI16},
      {"torch.IntStorage", nullptr, DType::kI32},
      {"torch.LongStorage", nullptr, DType::kI64},
      {"torch.HalfStorage", nullptr, DType::kF16},
      {"torch.BFloat16Storage", nullptr, DType::kBF16},
      {"torch.FloatStorage", nullptr, DType::kF32},
      {"torch.DoubleStorage", nullptr, DType::kF64},
  });
  const auto* const found = std::find_if(kGlobals.begin(), kGlobals.end(),
                                         [name](const Global& row) { return row.name == name; });
  return found == kGlobals.end() ? nullptr : found;
}

void PickleMachine::Fail(const std::string& message, const char* hint) const {
  if (!opcode_) throw Error(fmt::format("{}, byte {}: {}", where_, position_, message), hint);
  throw Error(fmt::format("{}, byte {}, opcode {} (0x{:02x}): {}", where_, opcode_position_,
                          PickleOpcodeName(*opcode_), *opcode_, message),
              hint);
}

PickleRef PickleMachine::Run() {
  while (!is_stopped_) {
    opcode_.reset();
    opcode_position_ = position_;
    opcode_ = TakeNumber<uint8_t>();
    const Handler handler = FindHandler(*opcode_);
    if (PickleOpcodeName(*opcode_) == "unknown") Fail("expected an opcode of pickle");
    if (handler == nullptr) Fail("this opcode is not allowed", kPlainHint);
    if (opcode_position_ == 0 && handler != &PickleMachine::Proto) {
      Fail("expected a pickle stream, which starts with PROTO", kProtocolHint);
    }
    (this->*handler)();
  }
  if (!marks_.empty() || stack_.size() != 1 || position_ != code_.size()) {
    Fail(
        fmt::format("expected one value and the end of the stream, got {} values and {} more bytes",
                    stack_.size(), code_.size() - position_));
  }
  CheckPickleTree(stack_.back(), where_);
  return stack_.back();
}

std::string_view PickleMachine::Take(size_t count) {
  if (count > code_.size() - position_) {
    Fail(fmt::format("expected {} more bytes, got {} (truncated?)", count,
                     code_.size() - position_));
  }
  const std::string_view result = code_.substr(position_, count);
  position_ += count;
  return result;
}

std::string_view PickleMachine::TakeLine() {
  const size_t size = code_.substr(position_, kMaxNameSize).find('\n');
  if (size == std::string_view::npos) {
    Fail(fmt::format("expected a line of at most {} bytes", kMaxNameSize));
  }
  const std::string_view line = Take(size);
  Take(1);
  return line;
}

PickleValue* PickleMachine::Top() const {
  // values below the last MARK are out of reach
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
    Fail("expected a value on the stack, got none");
  }
  return stack_.back();
}

PickleValue* PickleMachine::Pop() {
  PickleValue* const value = Top();
  stack_.pop_back();
  return value;
}

std::vector<PickleRef> PickleMachine::PopMarked() {
  if (marks_.empty()) Fail("expected a MARK on the stack, got none");
  const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleRef> items(first, stack_.end());
  stack_.erase(first, stack_.end());
  marks_.pop_back();
  return items;
}

void PickleMachine::PushTuple(size_t count) {
  std::vector<PickleRef> items(count);
  for (size_t i = count; i-- > 0;) items[i] = Pop();
  Push(New(PickleTuple{.items = std::move(items)}));
}

void PickleMachine::Put(uint32_t index) {
  if (memo_.size() >= kMaxPickleValues) {
    Fail(fmt::format("expected at most {} memo entries", kMaxPickleValues), kPlainHint);
  }
  memo_[index] = Top();
}

void PickleMachine::Get(uint32_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) Fail(fmt::format("expected a known memo number, got {}", index));
  Push(found->second);
}

const PickleTuple& PickleMachine::ExpectTuple(PickleRef value, size_t min_size, size_t max_size,
                                              std::string_view what) const {
  const auto& tuple = Expect<PickleTuple>(value, what);
  if (tuple.items.size() < min_size || tuple.items.size() > max_size) {
    Fail(fmt::format("expected {} with {} to {} items, got {}", what, min_size, max_size,
                     tuple.items.size()));
  }
  return tuple;
}

std::vector<int64_t> PickleMachine::ReadDimensions(PickleRef value, std::string_view what) const {
  const PickleTuple& tuple = ExpectTuple(value, 0, kMaxRank, what);
  std::vector<int64_t> result;
  result.reserve(tuple.items.size());
  for (const PickleRef item : tuple.items) {
    result.push_back(Expect<int64_t>(item, "an int"));
    if (result.back() < 0)
      Fail(fmt::format("{}: expected numbers >= 0, got {}", what, result.back()));
  }
  return result;
}

void PickleMachine::Proto() {
  const auto version = TakeNumber<uint8_t>();
  if (version != 2 || opcode_position_ != 0) {
    Fail(fmt::format("expected pickle protocol 2 at byte 0, got {}", version), kProtocolHint);
  }
}

void PickleMachine::Long1() {
  const size_t size = TakeNumber<uint8_t>();
  if (size > sizeof(int64_t)) {
    Fail(fmt::format("expected an int of at most 8 bytes, got {}", size), kPlainHint);
  }
  // little-endian two's complement: the sign is the last byte's top bit
  const std::string_view digits = Take(size);
  uint64_t value = size > 0 && static_cast<int8_t>(digits.back()) < 0 ? ~uint64_t{0} : 0;
  for (size_t i = size; i-- > 0;) value = (value << 8) | static_cast<uint8_t>(digits[i]);
  Push(New(static_cast<int64_t>(value)));
}

void PickleMachine::BinFloat() {
  Push(New(std::bit_cast<double>(__builtin_bswap64(TakeNumber<uint64_t>()))));  // big-endian
}

void PickleMachine::Append() {
  PickleValue* const value = Pop();
  ExpectTop<PickleList>("a list").items.push_back(value);
}

void PickleMachine::Appends() {
  const std::vector<PickleRef> values = PopMarked();
  std::vector<PickleRef>& items = ExpectTop<PickleList>("a list").items;
  items.insert(items.end(), values.begin(), values.end());
}

void PickleMachine::SetItem() {
  PickleValue* const value = Pop();
  PickleValue* const key = Pop();
  ExpectTop<PickleDict>("a dict").items.emplace_back(key, value);
}

void PickleMachine::SetItems() {
  const std::vector<PickleRef> values = PopMarked();
  if (values.size() % 2 != 0) Fail("expected keys and values in pairs, got an odd number");
  PickleDict& dict = ExpectTop<PickleDict>("a dict");
  for (size_t i = 0; i < values.size(); i += 2) dict.items.emplace_back(values[i], values[i + 1]);
}

void PickleMachine::PushGlobal() {
  const std::string_view module = TakeLine();
  const std::string name = fmt::format("{}.{}", module, TakeLine());
  const Global* const global = FindGlobal(name);
  if (global == nullptr) Fail(fmt::format("'{}' is not allowed", PrintableText(name)), kPlainHint);
  Push(New(PickleGlobal{.name = global->name}));
}

void PickleMachine::Reduce() {
  PickleValue* const arguments = Pop();
  const auto& callee = Expect<PickleGlobal>(Pop(), "a global to call");
  const Call call = FindGlobal(callee.name)->call;
  if (call == nullptr) Fail(fmt::format("calling {} is not allowed", callee.name), kPlainHint);
  Push((this->*call)(Expect<PickleTuple>(arguments, "a tuple of arguments")));
}

void PickleMachine::Build() {
  PickleValue* const state = Pop();
  PickleValue* const target = Top();
  if (auto* const array = std::get_if<PickleArray>(&target->data)) {
    BuildArray(array, state);
  } else if (target->As<PickleDType>() != nullptr) {
    BuildDType(state);
  } else if (target->As<PickleDict>() != nullptr && target->As<PickleDict>()->is_ordered_dict) {
    Expect<PickleDict>(state, "a dict of attributes");  // _metadata of state_dicts; not kept
  } else {
    Fail(fmt::format("a {} has no state to set", target->TypeName()), kPlainHint);
  }
}

void PickleMachine::BinPersId() {
  PickleValue* const id = Pop();
  const auto* const tuple = id->As<PickleTuple>();
  const std::string* const kind =
      tuple == nullptr || tuple->items.empty() ? nullptr : tuple->items[0]->As<std::string>();
  if (kind == nullptr || *kind != "storage") {
    Push(New(PicklePersistentId{.id = id}));
    return;
  }

  // ('storage', storage class, key, location, number of elements)
  ExpectTuple(id, 5, 5, "a storage id");
  const auto& storage_class = Expect<PickleGlobal>(tuple->items[1], "a storage class");
  const std::optional<DType> dtype = FindGlobal(storage_class.name)->storage;
  const auto& key = Expect<std::string>(tuple->items[2], "a storage key");
  const auto num_elements = Expect<int64_t>(tuple->items[4], "a number of elements");
  if (!dtype || key.size() > kMaxNameSize || num_elements < 0) {
    Fail(fmt::format("expected a storage class, a key and a size >= 0, got {}, '{}' and {}",
                     storage_class.name, PrintableText(key), num_elements));
  }
  Push(New(PickleStorage{.key = key, .dtype = *dtype, .num_elements = num_elements}));
}

PickleValue* PickleMachine::MakeOrderedDict(const PickleTuple& arguments) {
  if (!arguments.items.empty()) Fail("expected an OrderedDict without arguments", kPlainHint);
  return New(PickleDict{.items = {}, .is_ordered_dict = true});
}

PickleValue* PickleMachine::MakeBytes(const PickleTuple& arguments) {
  if (!arguments.items.empty()) Fail("expected bytes without arguments", kPlainHint);
  return New(PickleBytes{});
}

PickleValue* PickleMachine::EncodeText(const PickleTuple& arguments) {
  if (arguments.items.size() != 2) Fail("expected the arguments text and 'latin1'");
  const auto& text = Expect<std::string>(arguments.items[0], "text");
  const auto& encoding = Expect<std::string>(arguments.items[1], "an encoding");
  if (encoding != "latin1") {
    Fail(fmt::format("expected the encoding latin1, got '{}'", PrintableText(encoding)),
         kPlainHint);
  }
  // the same text may be encoded many times: all results together stay below the stream's size
  num_encoded_ += text.size();
  if (num_encoded_ > code_.size()) Fail("expected less encoded text than bytes in the stream");
  std::optional<std::string> bytes = EncodeLatin1(text);
  if (!bytes) Fail("expected text of code points up to 255 in UTF-8");
  return New(PickleBytes{.bytes = std::move(*bytes)});
}

PickleValue* PickleMachine::MakeArray(const PickleTuple& arguments) {
  // _reconstruct(ndarray, (0,), b'b') makes an empty array; BUILD gives it shape and elements
  if (arguments.items.size() != 3 ||
      Expect<PickleGlobal>(arguments.items[0], "numpy.ndarray").name != "numpy.ndarray") {
    Fail("expected the arguments numpy.ndarray, (0,) and b'b'", kPlainHint);
  }
  return New(PickleArray{});
}

PickleValue* PickleMachine::MakeDType(const PickleTuple& arguments) {
  if (arguments.items.empty()) Fail("expected the name of an element type");
  const auto& code = Expect<std::string>(arguments.items[0], "the name of an element type");
  const std::optional<DType> dtype = DTypeFromNumpy(code);
  if (!dtype) {
    Fail(fmt::format("expected an array of f8, f4, f2, i8, i4, i2, i1, u1 or b1, got '{}'",
                     PrintableText(code)),
         "convert the array with numpy before saving: array.astype('<f8')");
  }
  return New(PickleDType{.dtype = *dtype});
}

void PickleMachine::BuildDType(PickleRef state) const {
  // (3, byte order, subarray, names, fields, size, alignment, flags)
  const PickleTuple& items = ExpectTuple(state, 5, 9, "the state of a dtype");
  const auto& order = Expect<std::string>(items.items[1], "a byte order");
  if (order != "<" && order != "|") {
    Fail(fmt::format("expected the byte order '<' or '|', got '{}'", PrintableText(order)),
         "convert the array with numpy before saving: array.astype('<f8')");
  }
  for (size_t i = 2; i < 5; ++i) Expect<PickleNone>(items.items[i], "a dtype without fields");
}

void PickleMachine::BuildArray(PickleArray* array, PickleRef state) const {
  // (1, shape, dtype, is in Fortran order, elements)
  const PickleTuple& items = ExpectTuple(state, 5, 5, "the state of an array");
  std::vector<int64_t> shape = ReadDimensions(items.items[1], "a shape");
  const DType dtype = Expect<PickleDType>(items.items[2], "a dtype").dtype;
  const bool is_fortran_order = Expect<bool>(items.items[3], "True or False");
  const auto& bytes = Expect<PickleBytes>(items.items[4], "the elements as bytes").bytes;

  const std::optional<int64_t> count = CountElements(shape);
  const size_t item_size = ItemSize(dtype);
  if (!count || bytes.size() % item_size != 0 ||
      bytes.size() / item_size != static_cast<size_t>(*count)) {
    Fail(fmt::format("shape {} of {} does not match its {} bytes", ShapeName(shape),
                     DTypeName(dtype), bytes.size()));
  }
  *array = {.dtype = dtype,
            .shape = std::move(shape),
            .is_fortran_order = is_fortran_order,
            .bytes = std::as_bytes(std::span(bytes))};
}

PickleValue* PickleMachine::MakeTensor(const PickleTuple& arguments) {
  // (storage, offset, shape, strides, requires_grad, backward hooks[, metadata])
  if (arguments.items.size() < 6 || arguments.items.size() > 7) {
    Fail(fmt::format("expected 6 or 7 arguments of a tensor, got {}", arguments.items.size()));
  }
  PickleTensor tensor = {.storage = Expect<PickleStorage>(arguments.items[0], "a storage"),
                         .shape = ReadDimensions(arguments.items[2], "a shape"),
                         .strides = ReadDimensions(arguments.items[3], "strides"),
                         .offset = Expect<int64_t>(arguments.items[1], "an offset")};
  if (tensor.strides.size() != tensor.shape.size()) {
    Fail(fmt::format("expected as many strides as dimensions of {}, got {}",
                     ShapeName(tensor.shape), ShapeName(tensor.strides)));
  }

  // every element lies in the storage, and none is counted twice beyond its size
  const std::optional<int64_t> count = CountElements(tensor.shape);
  const std::optional<int64_t> extent = ViewExtent(tensor.shape, tensor.strides);
  const int64_t available = tensor.storage.num_elements;
  if (!count || !extent || tensor.offset < 0 || tensor.offset > available ||
      *extent > available - tensor.offset || *count > available) {
    Fail(fmt::format("a tensor of shape {}, strides {} and offset {} does not fit its storage of "
                     "{} elements",
                     ShapeName(tensor.shape), ShapeName(tensor.strides), tensor.offset, available),
         "if the tensor was made by expand(), save tensor.contiguous()");
  }
  return New(std::move(tensor));
}

PickleValue* PickleMachine::MakeParameter(const PickleTuple& arguments) {
  // (tensor, requires_grad, backward hooks)
  if (arguments.items.size() != 3) Fail("expected 3 arguments of a parameter");
  return New(Expect<PickleTensor>(arguments.items[0], "a tensor"));
}

}  // namespace

PickleRef ReadPickle(std::span<const std::byte> code, const std::string& where,
                     std::deque<PickleValue>* values) {
  LIBERO_CHECK(values->empty());
  return PickleMachine(code, where, values).Run();
}

}  // namespace libero
