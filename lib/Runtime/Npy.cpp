//===- Npy.cpp - NumPy's file format -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Npy.h"

#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>

using namespace llvm;

namespace coppice::runtime {

namespace {
struct Header {
  std::string descr;
  bool fortranOrder = false;
  SmallVector<int64_t, 4> shape;
};

/// Parses the header, a Python dictionary of three literals.
class HeaderParser {
public:
  HeaderParser(StringRef path, StringRef text) : path(path), text(text) {}

  Expected<Header> parse() {
    if (!consume("{"))
      return broken("'{'");
    while (!consume("}")) {
      std::string key;
      if (!parseString(key) || !consume(":"))
        return broken("a key");
      if (key == "descr") {
        text = text.ltrim();
        if (text.starts_with("["))
          return userError(path, "holds records, not plain numbers",
                           "save one array of numbers");
        if (!parseString(header.descr))
          return broken("the element type");
      } else if (key == "fortran_order") {
        header.fortranOrder = consume("True");
        if (!header.fortranOrder && !consume("False"))
          return broken("True or False");
      } else if (key == "shape") {
        if (!parseShape())
          return broken("the shape");
      } else {
        return broken("descr, fortran_order or shape");
      }
      consume(",");
    }
    return std::move(header);
  }

private:
  Error broken(const Twine &expected) {
    return userError(path, "broken .npy header: expected " + expected,
                     "was the file cut or edited?");
  }

  bool consume(StringRef token) {
    text = text.ltrim();
    return text.consume_front(token);
  }

  bool parseString(std::string &result) {
    text = text.ltrim();
    if (text.empty() || (text.front() != '\'' && text.front() != '"'))
      return false;
    size_t end = text.find(text.front(), 1);
    if (end == StringRef::npos)
      return false;
    result = text.slice(1, end).str();
    text = text.drop_front(end + 1);
    return true;
  }

  bool parseShape() {
    if (!consume("("))
      return false;
    while (!consume(")")) {
      text = text.ltrim();
      int64_t extent;
      if (text.consumeInteger(10, extent))
        return false;
      consume("L"); // Python 2's long integers.
      header.shape.push_back(extent);
      if (!consume(",")) {
        if (!consume(")"))
          return false;
        break;
      }
    }
    return true;
  }

  StringRef path, text;
  Header header;
};
} // namespace

static std::optional<ElementKind> kindOf(StringRef code) {
  return StringSwitch<std::optional<ElementKind>>(code)
      .Case("b1", ElementKind::Bool)
      .Case("i1", ElementKind::I8)
      .Case("i2", ElementKind::I16)
      .Case("i4", ElementKind::I32)
      .Case("i8", ElementKind::I64)
      .Case("u1", ElementKind::U8)
      .Case("u2", ElementKind::U16)
      .Case("u4", ElementKind::U32)
      .Case("u8", ElementKind::U64)
      .Case("f2", ElementKind::F16)
      .Case("f4", ElementKind::F32)
      .Case("f8", ElementKind::F64)
      .Default(std::nullopt);
}

Expected<HostTensor> readNpy(StringRef path) {
  auto file = MemoryBuffer::getFile(path, /*IsText=*/false,
                                    /*RequiresNullTerminator=*/false);
  if (!file)
    return fileError(path, "read", file.getError());
  StringRef bytes = (*file)->getBuffer();
  if (!bytes.consume_front("\x93NUMPY"))
    return userError(path, "is not a .npy file", "write it with numpy.save");
  if (bytes.size() < 2)
    return userError(path, "truncated in its header");
  unsigned major = static_cast<unsigned char>(bytes[0]);
  bytes = bytes.drop_front(2);
  if (major < 1 || major > 3)
    return userError(path, "unknown .npy format " + Twine(major),
                     "formats 1 to 3 are read");
  size_t lengthBytes = major == 1 ? 2 : 4;
  if (bytes.size() < lengthBytes)
    return userError(path, "truncated in its header");
  size_t length = major == 1 ? support::endian::read16le(bytes.data())
                             : support::endian::read32le(bytes.data());
  bytes = bytes.drop_front(lengthBytes);
  if (bytes.size() < length)
    return userError(path, "truncated in its header");

  Expected<Header> header =
      HeaderParser(path, bytes.take_front(length)).parse();
  if (!header)
    return header.takeError();
  bytes = bytes.drop_front(length);

  StringRef code = header->descr;
  if (code.consume_front(">"))
    return userError(path, "is big-endian ('" + header->descr + "')",
                     "convert it with array.astype('<" + code + "')");
  if (!code.consume_front("<") && !code.consume_front("|"))
    code.consume_front("=");
  std::optional<ElementKind> kind = kindOf(code);
  if (!kind)
    return userError(
        path, "element type '" + header->descr + "' is not a number we read",
        "integers, booleans and float16/32/64 are");
  if (header->fortranOrder && header->shape.size() > 1)
    return userError(path, "is in Fortran order",
                     "save numpy.ascontiguousarray(array)");

  Expected<int64_t> expected =
      checkedByteCount(path, header->shape, byteWidth(*kind));
  if (!expected)
    return expected.takeError();
  if (bytes.size() < static_cast<size_t>(*expected))
    return userError(path,
                     "truncated: " + Twine(bytes.size()) + " of " +
                         Twine(*expected) + " bytes of data for shape " +
                         formatShape(header->shape),
                     "copy the file again");
  HostTensor result(*kind, header->shape);
  if (result.bytes())
    std::memcpy(result.data(), bytes.data(), result.bytes());
  return std::move(result);
}

Error writeNpy(StringRef path, const HostTensor &tensor) {
  if (tensor.getKind() == ElementKind::BF16)
    return writeNpy(path, tensor.convert(ElementKind::F32));
  ElementKind kind = tensor.getKind();
  std::string header;
  raw_string_ostream text(header);
  char letter = kind == ElementKind::Bool     ? 'b'
                : isFloat(kind)               ? 'f'
                : name(kind).starts_with("u") ? 'u'
                                              : 'i';
  text << "{'descr': '" << (byteWidth(kind) == 1 ? '|' : '<') << letter
       << byteWidth(kind) << "', 'fortran_order': False, 'shape': (";
  llvm::interleave(tensor.getShape(), text, ", ");
  text << (tensor.getShape().size() == 1 ? ",), }" : "), }");
  // The data begin at a multiple of 64 bytes, and the header ends in a newline.
  constexpr size_t fixed = 10;
  header.append(63 - (fixed + header.size()) % 64, ' ');
  header += '\n';

  return writeFile(path, [&](raw_ostream &os) {
    os << StringRef("\x93NUMPY\x01\x00", 8);
    char length[2];
    support::endian::write16le(length, static_cast<uint16_t>(header.size()));
    os << StringRef(length, 2) << header;
    os << StringRef(tensor.data(), tensor.bytes());
    return Error::success();
  });
}

} // namespace coppice::runtime
