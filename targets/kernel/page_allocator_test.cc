#include "targets/kernel/page_allocator.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

inline constexpr unsigned kFrames = 8;

struct Frame {
  sync::cell<int> owner{0};
};

struct FrameWorld {
  Frame map[kFrames];
  frame_allocator* frames;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::FrameWorld, "frame_world", map)

namespace rw::kernel::test {

namespace {

std::function<void(FrameWorld&)> init(slab_reuse reuse) {
  return [reuse](FrameWorld& w) { w.frames = frames_create(kFrames, reuse, w.map, sizeof(Frame)); };
}

unsigned alloc(FrameWorld& w) {
  const int f = alloc_frame(w.frames);
  expect(f >= 0, "a frame is left");
  return static_cast<unsigned>(f);
}

TEST(PageAllocator, LastFreedComesFirst) {
  const auto body = [](FrameWorld& w) {
    expect(alloc(w) == 0, "first 0");
    expect(alloc(w) == 1, "then 1");
    expect(alloc(w) == 2, "then 2");
    free_frame(w.frames, 1);
    free_frame(w.frames, 0);
    expect(frame_is_free(w.frames, 1), "1 is free");
    expect(alloc(w) == 0, "0 was freed last");
    expect(frame_generation(w.frames, 0) == 2, "its second life");
    expect(frames_free(w.frames) == kFrames - 2, "two in use");
  };
  const Program<FrameWorld> p{
      .options = {}, .init = init(slab_reuse::lifo), .bodies = {body}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(PageAllocator, QuarantinedFramesDoNotComeBack) {
  const auto body = [](FrameWorld& w) {
    for (unsigned i = 0; i < kFrames; ++i) free_frame(w.frames, alloc(w));
    expect(alloc_frame(w.frames) == -1, "all are in quarantine");
  };
  const Program<FrameWorld> p{
      .options = {}, .init = init(slab_reuse::quarantine), .bodies = {body}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(PageAllocator, RunsLieTogetherAndAligned) {
  const auto body = [](FrameWorld& w) {
    expect(alloc(w) == 0, "the first run is broken");
    expect(alloc_frames(w.frames, 4) == 4, "the second one is whole");
    expect(alloc_frames(w.frames, 4) == -1, "there is no third");
    free_frame(w.frames, 0);
    expect(alloc_frames(w.frames, 4) == 0, "the first is whole again");
    expect(frames_free(w.frames) == 0, "all gone");
  };
  const Program<FrameWorld> p{
      .options = {}, .init = init(slab_reuse::lifo), .bodies = {body}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(PageAllocator, DoubleFreeIsCaught) {
  const auto body = [](FrameWorld& w) {
    const unsigned f = alloc(w);
    free_frame(w.frames, f);
    free_frame(w.frames, f);
  };
  const Program<FrameWorld> p{
      .options = {}, .init = init(slab_reuse::lifo), .bodies = {body}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "double-free");
}

TEST(PageAllocator, TasksHandFramesOnInOrder) {
  const auto churn = [](FrameWorld& w) {
    for (int i = 0; i < 3; ++i) {
      const unsigned f = alloc(w);
      w.map[f].owner.set(i);
      sync::relax();
      free_frame(w.frames, f);
      sync::relax();
    }
  };
  const Program<FrameWorld> p{
      .options = {},
      .init = init(slab_reuse::lifo),
      .bodies = {churn, churn, churn},
      .outcome = [](FrameWorld& w) { return std::to_string(frames_free(w.frames)); }};
  EXPECT_SILENT(p, "8");
}

TEST(PageAllocator, FailsWhenToldOnlyTheTaskThatWasTold) {
  const auto told = [](FrameWorld& w) {
    fail_next_allocation(1);
    sync::relax();
    expect(alloc_frame(w.frames) == -1, "told to fail");
    (void)alloc(w);
  };
  const auto other = [](FrameWorld& w) { (void)alloc(w); };
  const Program<FrameWorld> p{
      .options = {}, .init = init(slab_reuse::lifo), .bodies = {told, other}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

}  // namespace

}  // namespace rw::kernel::test
