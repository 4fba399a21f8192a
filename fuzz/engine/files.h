// Files that are whole or not there at all.
//
// Promises: write_whole never leaves a half-written file under the name asked for: it writes under
// a temporary name in the same folder, flushes to the disk and renames. A reader, a killed process
// or a full disk sees the old contents, the new ones, or no file. Leaves out: locking between
// processes; two writers of one name both succeed, the last one stays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rw::engine {

// What went wrong, for people: "cannot write out/x.race: No space left on device". Empty: nothing.
using FileError = std::string;

// Whether what is written has to survive a loss of power too. `later`: for what can be found again.
enum class OnDisk : std::uint8_t { now, later };

// Writes `bytes` to `path` as said above. What a link leads to is replaced, not the link; a pipe or
// a device is written to, and so is what /dev/stdout and /dev/stderr lead to.
[[nodiscard]] FileError write_whole(const std::string& path, std::string_view bytes,
                                    OnDisk when = OnDisk::now);

// Adds `bytes` to the end of `path`, which others may hold open and add to as well. If they do not
// all fit, the file is cut back to what it was.
[[nodiscard]] FileError append_whole(const std::string& path, std::string_view bytes);

// Why write_whole, or append_whole, cannot write `path`, as far as permissions tell; nothing is
// tried. For what takes long to come by: asked before the work begins.
enum class Writing : std::uint8_t { whole, appended };
[[nodiscard]] FileError why_not_writable(const std::string& path, Writing how = Writing::whole);

// Reads all of `path`. Empty, with `error` filled, if it cannot be read, is a folder, or is longer
// than `limit` bytes.
std::optional<std::string> read_whole(const std::string& path, FileError& error,
                                      std::size_t limit = std::size_t{16} << 20);

// Makes the folder and those above it, and checks that files can be made in it.
[[nodiscard]] FileError make_folder(const std::string& path);

// The names (without the folder) of the regular files in `folder`, sorted; empty if there is none.
std::vector<std::string> list_folder(const std::string& folder);

// The folder of the running program, and the program itself.
std::string own_program();
std::string own_folder();

}  // namespace rw::engine
