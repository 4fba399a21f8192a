#include "fuzz/engine/entry.h"

RW_LIBFUZZER_TARGET("mm")
