// Every reason for which reading a checkpoint's structure fails or warns, by a name that never changes.
//
// An Error or Problem carries the id; scripts may match on it. Rules marked "warning" become Problems, fatal
// under OpenOptions::strict. (FILE-KIND, for what is not a regular file at all, belongs to the io layer.)
#pragma once

#include <span>

#include "weightsieve/base/rule.hpp"

namespace weightsieve {
namespace rules {

// Whatever the format.
inline constexpr Rule kFormatUnknown{"FORMAT-UNKNOWN", "The first bytes are those of no known format."};
inline constexpr Rule kFormatUnsupported{"FORMAT-UNSUPPORTED",
                                         "The format is known by name, but not read by this version."};
inline constexpr Rule kFormatAmbiguous{"FORMAT-AMBIGUOUS", "A file is of one format, not of two at once."};
inline constexpr Rule kNoCheckpoint{"FORMAT-NO-CHECKPOINT", "The folder holds nothing that is a checkpoint."};
inline constexpr Rule kLfsPointer{"LFS-POINTER", "The file is a Git LFS pointer; its content is elsewhere."};

// A safetensors file, in the order in which it is checked.
inline constexpr Rule kHeaderTooSmall{"ST-HEADER-TOO-SMALL",
                                      "A file begins with 8 bytes that hold the length of its header."};
inline constexpr Rule kHeaderTooLarge{"ST-HEADER-TOO-LARGE", "A header has at most 100,000,000 bytes."};
inline constexpr Rule kHeaderLength{"ST-HEADER-LENGTH", "The header ends inside the file."};
inline constexpr Rule kUtf8{"ST-UTF8", "The header is valid UTF-8."};
inline constexpr Rule kStart{"ST-START", "The header's first byte is '{' (white space before it: warning)."};
inline constexpr Rule kJson{"ST-JSON",
                            "The header is one JSON object, with nothing but white space after it."};
inline constexpr Rule kDepth{"ST-DEPTH", "The header's values nest at most 64 deep."};
inline constexpr Rule kDuplicate{"ST-DUPLICATE", "No key stands twice in one object; escapes do not count."};
inline constexpr Rule kMetadata{"ST-METADATA", "__metadata__ is an object whose values are strings."};
inline constexpr Rule kEntry{"ST-ENTRY", "Each tensor is an object with dtype, shape and data_offsets."};
inline constexpr Rule kUnknownKey{"ST-UNKNOWN-KEY",
                                  "A tensor has no key but dtype, shape and data_offsets (warning)."};
inline constexpr Rule kDtype{"ST-DTYPE", "The dtype is a string, one of the 22 of the format."};
inline constexpr Rule kShape{"ST-SHAPE", "The shape is an array of at most 64 integers from 0 to 2^64 - 1."};
inline constexpr Rule kOffsets{"ST-OFFSETS", "data_offsets is [begin, end], two integers with begin <= end."};
inline constexpr Rule kOverlap{"ST-OVERLAP", "No two tensors share a byte."};
inline constexpr Rule kHole{"ST-HOLE", "Tensors lie one after another from offset 0, without a gap."};
inline constexpr Rule kOverflow{"ST-OVERFLOW", "A tensor's elements, and its bits, number less than 2^64."};
inline constexpr Rule kMisaligned{"ST-MISALIGNED", "A tensor's elements fill whole bytes."};
inline constexpr Rule kSize{"ST-SIZE", "A tensor has the bytes that its dtype and shape need."};
inline constexpr Rule kTruncated{"ST-TRUNCATED", "Every tensor ends inside the file."};
inline constexpr Rule kTrailing{"ST-TRAILING", "The file ends with the last tensor's last byte (warning)."};

// A ZIP archive, which PyTorch's and NumPy's files are, in the order in which it is checked.
inline constexpr Rule kZipEnd{"ZIP-END", "One end record has a comment that ends with the file."};
inline constexpr Rule kZipDisks{"ZIP-DISKS", "An archive lies in one file."};
inline constexpr Rule kZip64{"ZIP-ZIP64",
                             "ZIP64 records are where they must be, and say what is left to them."};
inline constexpr Rule kZipDirectory{"ZIP-DIRECTORY",
                                    "The directory lies before the end record, and its entries fill it."};
inline constexpr Rule kZipLimit{"ZIP-LIMIT", "A directory has at most 1,000,000 entries in 128 MiB."};
inline constexpr Rule kZipExtra{"ZIP-EXTRA", "Extra data end where they say, and hold ZIP64 once."};
inline constexpr Rule kZipFlags{"ZIP-FLAGS", "No member is encrypted or a patch."};
inline constexpr Rule kZipMethod{"ZIP-METHOD", "Members are stored or deflated."};
inline constexpr Rule kZipSize{"ZIP-SIZE", "A member's stored bytes can hold the bytes that it claims."};
inline constexpr Rule kZipName{"ZIP-NAME", "A member's name is a plain relative path."};
inline constexpr Rule kZipRange{"ZIP-RANGE", "Members lie before the directory."};
inline constexpr Rule kZipLocal{"ZIP-LOCAL",
                                "A member's local header and descriptor say what the directory says."};
inline constexpr Rule kZipDuplicate{"ZIP-DUPLICATE", "No two members have one name."};
inline constexpr Rule kZipStart{"ZIP-START", "An archive begins with a member."};
inline constexpr Rule kZipOverlap{"ZIP-OVERLAP", "No two members share a byte."};
inline constexpr Rule kZipGap{"ZIP-GAP", "Every byte belongs to a member or the directory (warning)."};
inline constexpr Rule kZipCrc{"ZIP-CRC", "A member's bytes have the CRC-32 that is stored."};
inline constexpr Rule kZipUnchecked{"ZIP-UNCHECKED",
                                    "Whoever wrote the archive computed its checksums (warning)."};

// A pickle.
inline constexpr Rule kPickleProtocol{"PICKLE-PROTOCOL", "A pickle begins with PROTO and 2, 3, 4 or 5."};
inline constexpr Rule kPickleOpcode{"PICKLE-OPCODE",
                                    "Opcodes are those that writers of these protocols use."};
inline constexpr Rule kPickleLength{"PICKLE-LENGTH",
                                    "A pickle goes on to STOP, and holds what its lengths say."};
inline constexpr Rule kPickleFrame{"PICKLE-FRAME", "Frames end with an opcode, and inside the pickle."};
inline constexpr Rule kPickleText{"PICKLE-TEXT", "Texts are valid UTF-8."};
inline constexpr Rule kPickleStack{"PICKLE-STACK",
                                   "No opcode takes what is not there, and STOP leaves one value."};
inline constexpr Rule kPickleMemo{"PICKLE-MEMO", "What is recalled was remembered, under numbers from 0 on."};
inline constexpr Rule kPickleType{"PICKLE-TYPE", "Opcodes are given values of the kinds that they are for."};
inline constexpr Rule kPickleLimit{
    "PICKLE-LIMIT", "At most 64 MiB, 10,000,000 opcodes and the values that honest pickles have."};
inline constexpr Rule kPickleDepth{"PICKLE-DEPTH", "Values nest at most 256 deep."};
inline constexpr Rule kPickleEnd{"PICKLE-END", "Nothing follows a pickle's STOP."};

// A PyTorch checkpoint.
inline constexpr Rule kTorchScript{"PT-SCRIPT",
                                   "The archive holds a checkpoint, not a program (TorchScript)."};
inline constexpr Rule kTorchArchive{"PT-ARCHIVE", "One folder holds data.pkl and version, unmistakably."};
inline constexpr Rule kTorchVersion{"PT-VERSION", "The version is a number up to 10."};
inline constexpr Rule kTorchByteOrder{"PT-BYTEORDER", "The byte order is little or big."};
inline constexpr Rule kTorchStray{"PT-STRAY", "Every member lies in the archive's one folder (warning)."};
inline constexpr Rule kTorchGlobal{"PT-GLOBAL",
                                   "A pickle names nothing but what state dicts are made of (warning)."};
inline constexpr Rule kTorchTensor{"PT-TENSOR", "A tensor is made of the arguments that it takes."};
inline constexpr Rule kTorchStorage{
    "PT-STORAGE", "A storage has a number for its key, and the same class and size everywhere."};
inline constexpr Rule kTorchRecord{"PT-RECORD", "Every storage is there, whole."};
inline constexpr Rule kTorchView{"PT-VIEW", "A tensor lies inside its storage."};
inline constexpr Rule kTorchRepeat{"PT-REPEAT",
                                   "Tensors have at most 1 GiB, or 16 times the bytes of their storages."};
inline constexpr Rule kTorchLegacy{
    "PT-LEGACY", "Pickles of protocol 1001, system, object and keys follow the magic number."};
inline constexpr Rule kTorchTrailing{"PT-TRAILING", "A legacy file ends with its last storage (warning)."};
inline constexpr Rule kTorchName{"PT-NAME", "No two tensors have one name (warning)."};
inline constexpr Rule kTorchOverlap{"PT-OVERLAP", "Two tensors are the same, or share no byte (warning)."};

// A distributed checkpoint of PyTorch (DCP).
inline constexpr Rule kDcpIncomplete{"DCP-INCOMPLETE",
                                     "A distributed checkpoint has a .metadata, which is written last."};
inline constexpr Rule kDcpPart{
    "DCP-PART", "A distributed checkpoint is named by its folder or its .metadata, not by one of its files."};
inline constexpr Rule kDcpRanks{"DCP-RANKS", "One metadata describes all of a distributed checkpoint."};
inline constexpr Rule kDcpMetadata{"DCP-METADATA", "The metadata is a Metadata of torch.distributed."};
inline constexpr Rule kDcpDuplicate{"DCP-DUPLICATE",
                                    "Each tensor is described once, each chunk placed once."};
inline constexpr Rule kDcpPath{"DCP-PATH", "A file is named by a plain file name, beside the metadata."};
inline constexpr Rule kDcpChunk{"DCP-CHUNK",
                                "Chunks lie inside of their tensor and fill it, without overlaps."};
inline constexpr Rule kDcpItem{"DCP-ITEM", "Every chunk has a stretch of a file, which it shares with none."};
inline constexpr Rule kDcpTruncated{"DCP-TRUNCATED", "Every chunk ends inside its file."};
inline constexpr Rule kDcpTensor{
    "DCP-TENSOR", "A chunk's archive holds a tensor of the size and dtype that it should have."};
inline constexpr Rule kDcpGap{"DCP-GAP",
                              "Every byte of a file belongs to something that was saved (warning)."};
inline constexpr Rule kDcpStray{"DCP-STRAY", "The metadata names every .distcp file beside it (warning)."};

// A GGUF file, in the order in which it is checked.
inline constexpr Rule kGgufVersion{"GGUF-VERSION", "The version is 2 or 3, little-endian."};
inline constexpr Rule kGgufLimit{
    "GGUF-LIMIT", "At most 1,000,000 entries and as many tensors, in 256 MiB before the data."};
inline constexpr Rule kGgufLength{"GGUF-LENGTH", "Lengths and counts are of what is there."};
inline constexpr Rule kGgufKey{"GGUF-KEY", "A key is valid UTF-8 of 1 to 65,535 bytes, without NUL."};
inline constexpr Rule kGgufValue{"GGUF-VALUE", "A value is of one of the 13 types; no array holds arrays."};
inline constexpr Rule kGgufTruth{"GGUF-TRUTH", "A truth value is 0 or 1 (warning)."};
inline constexpr Rule kGgufAlignment{"GGUF-ALIGNMENT", "The alignment is a u32, a power of two up to 2^20."};
inline constexpr Rule kGgufDuplicate{"GGUF-DUPLICATE",
                                     "No key stands twice, and no two tensors have one name."};
inline constexpr Rule kGgufName{"GGUF-NAME",
                                "A tensor's name is valid UTF-8 of 1 to 65,535 bytes, without NUL."};
inline constexpr Rule kGgufLongName{"GGUF-LONG-NAME", "A tensor's name has at most 63 bytes (warning)."};
inline constexpr Rule kGgufShape{
    "GGUF-SHAPE", "At most 4 sizes, fewer than 2^63 elements and bytes; rows are whole blocks."};
inline constexpr Rule kGgufType{"GGUF-TYPE", "A tensor's type is one that ggml has."};
inline constexpr Rule kGgufOffset{
    "GGUF-OFFSET", "Tensors lie one after another from offset 0, each aligned, without a gap."};
inline constexpr Rule kGgufTruncated{"GGUF-TRUNCATED", "Every tensor ends inside the file."};
inline constexpr Rule kGgufPadding{"GGUF-PADDING", "The last tensor is padded as the others are (warning)."};
inline constexpr Rule kGgufTrailing{"GGUF-TRAILING",
                                    "The file ends with its last tensor's padding (warning)."};
inline constexpr Rule kGgufSplit{"GGUF-SPLIT",
                                 "Parts of a model agree in their number with each other and their names."};
inline constexpr Rule kGgufPart{"GGUF-PART",
                                "A part of a model is called so, NAME-00001-of-00003.gguf (warning)."};

// A NumPy array, by itself or in an archive.
inline constexpr Rule kNpyVersion{"NPY-VERSION", "The version is 1.0, 2.0 or 3.0."};
inline constexpr Rule kNpyHeader{
    "NPY-HEADER", "The header is a dict of descr, fortran_order and shape, of at most 65,536 bytes."};
inline constexpr Rule kNpyShape{"NPY-SHAPE",
                                "The shape is a tuple of at most 64 integers; elements fit 2^64 bits."};
inline constexpr Rule kNpyDtype{"NPY-DTYPE", "Elements are numbers of 8 to 64 bits; objects are not loaded."};
inline constexpr Rule kNpyTruncated{"NPY-TRUNCATED", "All elements are there."};
inline constexpr Rule kNpyTrailing{"NPY-TRAILING", "An array ends with its last element (warning)."};
inline constexpr Rule kNpzStray{"NPZ-STRAY", "Every member of an archive of arrays is one (warning)."};

// An ONNX model.
inline constexpr Rule kOnnxVarint{"ONNX-VARINT",
                                  "A varint ends inside its message, after at most 10 bytes and 64 bits."};
inline constexpr Rule kOnnxTag{"ONNX-TAG",
                               "A field has a number, and a wire type other than those of groups."};
inline constexpr Rule kOnnxLength{"ONNX-LENGTH", "A field ends inside its message; numbers in it are whole."};
inline constexpr Rule kOnnxWireType{"ONNX-WIRE-TYPE", "A field is of the wire type that ONNX gives it."};
inline constexpr Rule kOnnxRepeated{"ONNX-REPEATED", "A field that counts once is there once."};
inline constexpr Rule kOnnxDepth{"ONNX-DEPTH", "Messages nest at most 100 deep."};
inline constexpr Rule kOnnxText{"ONNX-TEXT",
                                "Names are valid UTF-8 of at most 1 MiB, external data's of 4 KiB."};
inline constexpr Rule kOnnxModel{"ONNX-MODEL",
                                 "A model has a version, a graph and, from version 3 on, operator sets."};
inline constexpr Rule kOnnxType{"ONNX-TYPE", "A tensor's data type is one that ONNX has."};
inline constexpr Rule kOnnxShape{"ONNX-SHAPE",
                                 "A shape has at most 64 sizes, none negative; elements fit 2^64 bits."};
inline constexpr Rule kOnnxData{"ONNX-DATA",
                                "Elements stand whole in one place, which is one for their type."};
inline constexpr Rule kOnnxSize{"ONNX-SIZE", "As many elements are there as the shape says."};
inline constexpr Rule kOnnxValue{"ONNX-VALUE", "A number in a typed field is one of the tensor's type."};
inline constexpr Rule kOnnxName{"ONNX-NAME", "Tensors have names, no two of a graph the same (warning)."};
inline constexpr Rule kOnnxExternal{
    "ONNX-EXTERNAL", "External data have a location, and offset and length are decimal numbers, each once."};
inline constexpr Rule kOnnxExternalKey{"ONNX-EXTERNAL-KEY",
                                       "External data have no keys but those of ONNX (warning)."};
inline constexpr Rule kOnnxExternalPath{
    "ONNX-EXTERNAL-PATH", "A location is a plain path below the model's folder, over no symbolic link."};
inline constexpr Rule kOnnxExternalFile{"ONNX-EXTERNAL-FILE",
                                        "A file of external data is there, and not the model itself."};
inline constexpr Rule kOnnxExternalLink{"ONNX-EXTERNAL-LINK",
                                        "A file of external data has no other hard links (warning)."};
inline constexpr Rule kOnnxExternalRange{"ONNX-EXTERNAL-RANGE", "External data end inside their file."};
inline constexpr Rule kOnnxOverlap{"ONNX-OVERLAP",
                                   "Two tensors are the same, or share no byte of a file (warning)."};
inline constexpr Rule kOnnxRepeat{
    "ONNX-REPEAT", "Tensors have at most 1 GiB, or 16 times the bytes of their external files."};

// What is allowed, but a scanner would report: observations, which `verify --security` answers with.
inline constexpr Rule kDangerousName{"SEC-DANGEROUS-NAME",
                                     "No pickle names what runs commands or code when it is called."};
inline constexpr Rule kForeignName{"SEC-FOREIGN-NAME", "Pickles name nothing that state dicts do not need."};
inline constexpr Rule kDeflatedMember{"SEC-DEFLATED",
                                      "Members of PyTorch's archives are stored, as torch.save writes them."};
inline constexpr Rule kHiddenMember{"SEC-HIDDEN-MEMBER", "Every member of PyTorch's archives is used."};
inline constexpr Rule kObjectArray{"SEC-OBJECT-ARRAY", "No array holds a pickle of Python objects."};
inline constexpr Rule kUnknownField{"SEC-UNKNOWN-FIELD", "Messages of ONNX have no fields but its own."};
inline constexpr Rule kUnusedBytes{
    "SEC-UNUSED-BYTES", "Bytes of external data belong to a tensor, but for padding up to 64 KiB."};
inline constexpr Rule kTemplateCode{
    "SEC-TEMPLATE", "No chat template reaches for the inside of the interpreter that runs it."};
inline constexpr Rule kPolyglot{"SEC-POLYGLOT", "No file of another format ends as a ZIP archive does."};
inline constexpr Rule kHostileName{
    "SEC-NAME", "Names of tensors have no control characters, and are no paths that lead elsewhere."};

// The index of a sharded checkpoint.
inline constexpr Rule kIndexTooLarge{"INDEX-TOO-LARGE", "An index has at most 100,000,000 bytes."};
inline constexpr Rule kIndexUtf8{"INDEX-UTF8", "The index is valid UTF-8."};
inline constexpr Rule kIndexJson{"INDEX-JSON", "The index is one JSON object."};
inline constexpr Rule kIndexDepth{"INDEX-DEPTH", "The index's values nest at most 64 deep."};
inline constexpr Rule kIndexMap{"INDEX-MAP", "weight_map is an object that names a file for each tensor."};
inline constexpr Rule kIndexDuplicate{"INDEX-DUPLICATE", "No tensor stands twice in weight_map."};
inline constexpr Rule kIndexPath{"INDEX-PATH", "A shard is named by a plain file name, beside the index."};
inline constexpr Rule kIndexTensorMissing{"INDEX-TENSOR-MISSING",
                                          "A shard holds every tensor that weight_map says it holds."};
inline constexpr Rule kIndexUnlisted{"INDEX-UNLISTED",
                                     "weight_map names every tensor of the shards (warning)."};
inline constexpr Rule kIndexShadowed{"INDEX-SHADOWED",
                                     "A tensor is in one shard; of several, weight_map's counts (warning)."};
inline constexpr Rule kIndexTotalSize{"INDEX-TOTAL-SIZE",
                                      "metadata.total_size is the number of the tensors' bytes (warning)."};

// Shards, with an index or without.
inline constexpr Rule kShardMissing{"SHARD-MISSING", "Every shard is there."};
inline constexpr Rule kShardNumber{"SHARD-NUMBER",
                                   "Shards without an index are numbered from 1 to their count."};
inline constexpr Rule kShardDuplicate{"SHARD-DUPLICATE", "A tensor is in one shard only."};
inline constexpr Rule kShardSymlink{"SHARD-SYMLINK", "A shard is no symbolic link (under strict only)."};

}  // namespace rules

/// All of them, in the order above.
std::span<const Rule> all_rules() noexcept;

}  // namespace weightsieve
