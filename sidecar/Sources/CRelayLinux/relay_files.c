#include "relay_files.h"

#include <errno.h>
