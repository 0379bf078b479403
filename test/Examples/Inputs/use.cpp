// The header serves C++ too, its alignment macro included.
#include "glyphs.h"

GLYPHS_ALIGNED static unsigned char state[GLYPHS_STATE_BYTES];

int main() { return glyphs_init(state); }
