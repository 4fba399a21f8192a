// The OOM reaper: takes a victim's anonymous pages without waiting for its exit.
//
// Models __oom_reap_task_mm of 4.6 and after. It trylocks mmap_sem for reading, because it may wait
// for nobody, and zaps area by area. Subscribers: axis oom_notify.
// Simplified: any mm is a victim, and goes on afterwards with its pages discarded, as after
// MADV_DONTNEED. Left out: MMF_OOM_SKIP, mlocked areas.
#pragma once

namespace rw::mm {

struct mm_struct;

// The caller holds mm_users. Null, or why nothing was done.
const char* do_oom_reap(mm_struct* mm);

}  // namespace rw::mm
