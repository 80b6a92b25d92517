// CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's instruction where it has one.
#include "relay_files.h"

#include <string.h>

// Reversed, as every implementation that feeds the lowest bit first has it.
#define POLYNOMIAL 0x82F63B78u

static uint32_t byte_table[256];

static uint32_t crc_by_table(uint32_t crc, const uint8_t *p, size_t n) {
  while (n--) crc = byte_table[(crc ^ *p++) & 0xFF] ^ crc >> 8;
  return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

// The instruction takes three cycles and starts one each: three lanes side by side keep it busy.
// A lane is a power of two; long ones for whole batches, short ones so that records gain as well.
enum { LONG_LANE = 2048, SHORT_LANE = 128 };

// What a lane of zeros makes of a crc, a table for each of its four bytes.
static uint32_t behind_long[4][256], behind_short[4][256];

static void make_lane(uint32_t table[4][256], size_t lane) {
  for (int bit = 0; bit < 32; bit++) {
    uint32_t crc = 1u << bit;
    for (size_t i = 0; i < lane; i++) crc = byte_table[crc & 0xFF] ^ crc >> 8;
    table[bit / 8][1 << bit % 8] = crc;
  }
  // The rest follows, because a crc is linear.
  for (int byte = 0; byte < 4; byte++)
    for (int i = 1; i < 256; i++) table[byte][i] = table[byte][i & (i - 1)] ^ table[byte][i & -i];
}

static uint32_t shifted(uint32_t table[4][256], uint32_t crc) {
  return table[0][crc & 0xFF] ^ table[1][crc >> 8 & 0xFF] ^ table[2][crc >> 16 & 0xFF] ^
         table[3][crc >> 24];
}

static uint64_t word_at(const uint8_t *p) {
  uint64_t word;
  memcpy(&word, p, 8);
  return word;
}

__attribute__((target("sse4.2"))) static uint32_t three_lanes(uint32_t crc, const uint8_t *p,
                                                               size_t lane,
                                                               uint32_t behind[4][256]) {
  uint64_t a = crc, b = 0, c = 0;
  for (size_t at = 0; at < lane; at += 8) {
    a = _mm_crc32_u64(a, word_at(p + at));
    b = _mm_crc32_u64(b, word_at(p + at + lane));
    c = _mm_crc32_u64(c, word_at(p + at + lane * 2));
  }
  return shifted(behind, shifted(behind, (uint32_t)a) ^ (uint32_t)b) ^ (uint32_t)c;
}

__attribute__((target("sse4.2"))) static uint32_t crc_by_instruction(uint32_t crc,
                                                                      const uint8_t *p, size_t n) {
  for (; n >= LONG_LANE * 3; p += LONG_LANE * 3, n -= LONG_LANE * 3)
    crc = three_lanes(crc, p, LONG_LANE, behind_long);
  for (; n >= SHORT_LANE * 3; p += SHORT_LANE * 3, n -= SHORT_LANE * 3)
    crc = three_lanes(crc, p, SHORT_LANE, behind_short);
  uint64_t wide = crc;
  for (; n >= 8; p += 8, n -= 8) wide = _mm_crc32_u64(wide, word_at(p));
  uint32_t narrow = (uint32_t)wide;
  while (n--) narrow = _mm_crc32_u8(narrow, *p++);
  return narrow;
}
#endif

__attribute__((constructor)) static void make_tables(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? POLYNOMIAL ^ crc >> 1 : crc >> 1;
    byte_table[i] = crc;
  }
#if defined(__x86_64__)
  make_lane(behind_long, LONG_LANE);
  make_lane(behind_short, SHORT_LANE);
#endif
}

uint32_t relay_crc32c(uint32_t seed, const uint8_t *bytes, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return ~crc_by_instruction(~seed, bytes, count);
#endif
  return ~crc_by_table(~seed, bytes, count);
}
