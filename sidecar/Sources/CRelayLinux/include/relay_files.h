#ifndef RELAY_FILES_H
#define RELAY_FILES_H

#include "relay_base.h"

#endif
