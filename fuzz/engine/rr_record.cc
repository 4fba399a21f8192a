#include "fuzz/engine/rr_record.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>

#include "fuzz/engine/death.h"
#include "fuzz/engine/other_programs.h"
#include "fuzz/engine/recording_meta.h"
#include "fuzz/verdict/sanitizer.h"

namespace rw::engine {
namespace {

namespace fs = std::filesystem;

constexpr double kReplaySeconds = 60;

// The symbolizer would be recorded too, which costs seconds and a hundred megabytes.
std::vector<std::string> environment() {
  std::vector<std::string> words = {"/usr/bin/env", "-i", "PATH=/usr/bin:/bin"};
  if (verdict::built_with(verdict::Sanitizer::address))
    words.emplace_back("ASAN_OPTIONS=symbolize=0:abort_on_error=1");
  if (verdict::built_with(verdict::Sanitizer::thread))
    words.emplace_back("TSAN_OPTIONS=symbolize=0:abort_on_error=1");
  return words;
}

std::vector<std::string> rr_line(const Rr& rr, const char* command,
                                 const std::vector<std::string>& options,
                                 const std::vector<std::string>& rest) {
  std::vector<std::string> line = environment();
  line.insert(line.end(), {rr.path, command});
  line.insert(line.end(), options.begin(), options.end());
  line.insert(line.end(), rest.begin(), rest.end());
  return line;
}

std::uint64_t size_of_folder(const std::string& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    struct stat status{};  // what it takes on the disk: files of a trace have holes
    if (::lstat(it->path().c_str(), &status) == 0 && S_ISREG(status.st_mode))
      bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
  }
  return bytes;
}

std::uint64_t count_events(const Rr& rr, const std::string& trace) {
  const Ran ran = run_program(rr_line(rr, "dump", {}, {trace}), kReplaySeconds);
  std::uint64_t count = 0;
  for (std::size_t at = ran.output.find("global_time:"); at != std::string::npos;
       at = ran.output.find("global_time:", at + 1))
    count++;
  return count;
}

bool says_key(const Ran& ran, const std::string& key) {
  return ran.output.find("failed with " + key) != std::string::npos;
}

// What the inferior says of its death; empty: nothing.
std::string last_message(const Ran& ran) {
  const std::size_t begin = ran.output.rfind("failed with k1-crash-");
  const std::size_t at = ran.output.find(": ", begin);
  if (begin == std::string::npos || at == std::string::npos) return {};
  return ran.output.substr(at + 2, ran.output.find('\n', at) - at - 2);
}

// Neither a sanitizer's report nor what the inferior says of its death names functions under rr
// (environment()), so the key is another; the message is the beginning of the one with functions.
bool shows(const Ran& ran, const std::string& key, const exec::Failure& failure) {
  if (says_key(ran, key)) return true;
  if (const std::string said = last_message(ran); failure.kind == "crash" && !said.empty())
    return failure.message.starts_with(said);
  const int failed = 1 << 8;  // an exit status of 1, as waitpid gives it: the text decides
  const Death death = classify(failed, ran.output, false);
  const bool reported = death.kind == DeathKind::sanitizer || death.what.starts_with("SIG");
  return reported && failure.kind == failure_of(death)->kind &&
         failure.message.starts_with(death.message);
}

std::string complaint(const char* what, const Ran& ran) {
  if (ran.timed_out) return fmt::format("rr {}: no end in time", what);
  const RrComplaint c = classify_rr(ran.output);
  return fmt::format("rr {}: {}: {}", what, name_of(c.problem), c.said);
}

// Records until the failure is in the recording. Returns why it is not.
std::string record_failure(const Found& found, const RecordOptions& o, const std::string& folder,
                           Recorded& r) {
  const std::string trace = folder + "/trace";
  std::vector<std::string> inferior = {"-o", trace, own_program(), "inferior",
                                       folder + "/program.race"};
  if (o.threads != 0) inferior.insert(inferior.end(), {"--threads", fmt::format("{}", o.threads)});
  std::string why;
  for (r.attempts = 1; r.attempts <= o.attempts; r.attempts++) {
    std::error_code ignored;
    fs::remove_all(trace, ignored);
    const Ran ran =
        run_program(rr_line(o.probe.rr, "record", o.probe.rr.options, inferior), o.seconds, o.stop);
    if (ran.stopped) return "interrupted";
    if (shows(ran, found.key, found.failure)) return {};
    const bool other = ran.output.find("failed with ") != std::string::npos ||
                       ran.output.find("did not fail") != std::string::npos;
    why = other ? fmt::format("{} did not come under rr in {} recordings", found.key, o.attempts)
                : complaint("record", ran);
    if (!other && !ran.timed_out) break;
  }
  return why;
}

// Packs it and replays it once. Returns what is wrong with it.
std::string make_sure(const Found& found, const RecordOptions& o, const std::string& folder,
                      Recorded& r) {
  const std::string trace = folder + "/trace";
  const Ran packed = run_program(rr_line(o.probe.rr, "pack", {}, {trace}), kReplaySeconds, o.stop);
  if (packed.status != 0) return complaint("pack", packed);
  r.bytes = size_of_folder(trace);
  if (r.bytes > o.max_bytes)
    return fmt::format("the packed recording has {} MB, --max-size allows {}", r.bytes >> 20,
                       o.max_bytes >> 20);
  const Ran replayed =
      run_program(rr_line(o.probe.rr, "replay", o.probe.rr.replay_options(), {"-a", trace}),
                  kReplaySeconds, o.stop);
  if (!shows(replayed, found.key, found.failure)) return complaint("replay", replayed);
  r.events = count_events(o.probe.rr, trace);
  return {};
}

std::string replay_script(const Recorded& r, const RecordOptions& o) {
  std::string text = "#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 74\n";
  if (r.with_rr) {
    text += fmt::format(
        "# Opens gdb on the recording; the first argument is the rr to use.\n"
        "exec \"${{1:-{}}}\" replay {} -q trace -- -q -x racewalk.py -ex continue "
        "-ex rw-run\n",
        o.probe.rr.path, shell_line(o.probe.rr.replay_options()));
  } else if (o.threads == 0) {
    text += fmt::format(
        "# Opens gdb on the steered replay; the first argument is the racewalk to "
        "use.\n"
        "exec gdb -q -x racewalk.py -ex rw-run --args \"${{1:-{}}}\" inferior "
        "program.race\n",
        own_program());
  } else {
    text += fmt::format(
        "# There is no recording: this runs it again, and may take a few times.\n"
        "exec gdb -q -x racewalk.py -ex rw-run --args \"${{1:-{}}}\" inferior "
        "program.race --threads {}\n",
        own_program(), o.threads);
  }
  return text;
}

}  // namespace

std::string recording_of(const std::string& file) {
  const bool race = file.ends_with(".race");
  return (race ? file.substr(0, file.size() - 5) : file) + ".rr";
}

std::string in_the_way(const std::string& folder, bool with_trace) {
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) return {};
  const bool empty = fs::is_directory(folder, ignored) && fs::is_empty(folder, ignored);
  FileError unread;
  if (!empty && !read_meta(folder + "/meta.json", unread))
    return fmt::format("{} is there and is no recording: name another folder with -o", folder);
  if (!with_trace && fs::exists(folder + "/trace", ignored))
    return fmt::format(
        "{} holds a recording by rr, and this one would be without: name another "
        "folder with -o, or delete that one",
        folder);
  return {};
}

namespace {

// Fills `folder`, which takes the place of o.folder when it is whole.
Recorded record_in(const std::string& folder, const Found& found, const RecordOptions& o) {
  Recorded r;
  r.error = make_folder(folder);
  if (r.error.empty()) r.error = write_debug_files(folder, found);
  if (!r.error.empty()) return r;
  r.why_not = o.probe.works ? record_failure(found, o, folder, r)
                            : std::string(name_of(o.probe.why_not.problem));
  if (r.why_not.empty()) r.why_not = make_sure(found, o, folder, r);
  r.with_rr = r.why_not.empty();
  std::error_code ignored;
  if (!r.with_rr) fs::remove_all(folder + "/trace", ignored);
  r.stopped = o.stop && o.stop();
  if (r.stopped) return r;

  const std::string script = folder + "/replay.sh";
  r.error = write_whole(script, replay_script(r, o), OnDisk::later);
  if (r.error.empty())
    r.error = write_whole(folder + "/meta.json", print_meta(meta_of(found, o, r)), OnDisk::later);
  if (r.error.empty()) r.error = in_the_way(o.folder, r.with_rr);
  if (!r.error.empty()) return r;
  ::chmod(script.c_str(), 0755);
  fs::remove_all(o.folder, ignored);
  std::error_code moved;
  fs::rename(folder, o.folder, moved);
  if (moved) r.error = fmt::format("cannot write {}: {}", o.folder, moved.message());
  return r;
}

}  // namespace

Recorded record(const Found& found, const RecordOptions& o) {
  Recorded r;
  r.error = in_the_way(o.folder, o.probe.works);
  if (!r.error.empty()) return r;
  const std::string folder = o.folder + ".tmp";
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  r = record_in(folder, found, o);
  fs::remove_all(folder, ignored);
  return r;
}

std::optional<Stored> open_recording(const std::string& folder, FileError& error,
                                     const std::function<bool()>& stop) {
  std::optional<Meta> meta = read_meta(folder + "/meta.json", error);
  if (!meta) return std::nullopt;
  Stored stored;
  stored.debuggee.folder = fs::absolute(folder).string();
  stored.key = meta->key;
  stored.kind = meta->kind;
  stored.message = meta->message;
  stored.threads = meta->threads;
  stored.why_not = meta->why_not;
  if (meta->mode == kNotRecorded) return stored;

  const std::string trace = stored.debuggee.folder + "/trace";
  Rr rr = meta->rr;
  if (find_program({rr.path}).empty()) rr.path = find_program({"rr"});
  if (rr.path.empty()) {
    stored.why_not = fmt::format("there is no rr: neither {} nor one in PATH", meta->rr.path);
    return stored;
  }
  const Ran ran =
      run_program(rr_line(rr, "replay", rr.replay_options(), {"-a", trace}), kReplaySeconds, stop);
  exec::Failure failure;
  failure.kind = meta->kind;
  failure.message = meta->message;
  if (shows(ran, meta->key, failure)) {
    stored.debuggee.rr_trace = trace;
    stored.debuggee.rr = rr;
    return stored;
  }
  stored.why_not = complaint("replay", ran);
  const std::string here = this_processor();
  if (meta->processor != here)
    stored.why_not += fmt::format(" (recorded on {}, this is {})", meta->processor, here);
  return stored;
}

}  // namespace rw::engine
