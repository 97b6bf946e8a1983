/* Turns of a skipping rope from a band's accelerometer, counted in the band itself. docs/porting-the-core.md tells how it works.
 *
 * The same algorithm as edge/counting/rope_core.py: C99, single precision, nothing allocated, only <math.h> and <string.h>.
 *
 * RAM: one struct rope_core. Its size, the stack and the code are told, as measured, in docs/porting-the-core.md.
 * Flash for tables: 173 floats (692 bytes). The table of the circle holds one period only, in RAM, made anew when that changes.
 * For a band at the ankle compile rope_core.c with -DROPE_CORE_ANKLE: it then counts landings.
 * Do not compile with -ffast-math: samples that are not numbers are told by a comparison.
 */
#ifndef ROPE_CORE_H
#define ROPE_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "rope_core_rules.h"

struct rope_core_complex {
    float re, im;
};

/* Everything a band remembers. Its fields are private. */
struct rope_core {
    float motion[ROPE_CORE_SPAN][3]; /* m/s^2, gravity taken off; a ring */
    float energy[ROPE_CORE_SPAN];    /* (m/s^2)^2 of each, in the same ring */
    float frame[ROPE_CORE_FRAME][3]; /* m/s^2, the samples of the open frame */
    float gravity[3];
    float products[ROPE_CORE_LAGS];
    float energies[ROPE_CORE_LAGS];
    float scores[ROPE_CORE_PERIODS + 1];             /* the first one is of no period at all */
    struct rope_core_complex circle[ROPE_CORE_LONGEST]; /* once round in circle_period steps */
    struct rope_core_complex spread[3][3];
    struct rope_core_complex axis[3];
    float angle;     /* in turns */
    float turns;     /* of this bout */
    float unseen;    /* turns that were too weak, at the end */
    float age_s;     /* of the bout */
    float since_s;   /* the count has last grown */
    float unheard_s; /* there were no samples, until now */
    float amplitude;
    float usual_motion;
    float swing;
    float round;
    float shock;
    float shock_gain; /* what the sensor's rate leaves of a shock */
    float all_motion;
    /* (m/s^2)^2, at an ankle: what goes once and twice in a turn, and of that in the direction of once; what goes once in two turns,
     * and of what goes once in each in the direction of that. */
    float once, twice, along, half, along_half;
    float worth, worth_now;   /* skips for a turn of the motion; at a wrist always 1 */
    int32_t base;  /* count when the bout began */
    int32_t count; /* turns shown */
    int16_t head;  /* place of the next sample in the ring */
    int16_t filled; /* samples in the open frame */
    int16_t period, bout_period, circle_period; /* in samples */
    bool missed; /* a sample of the open frame never came */
    bool in_bout;
    bool begun;
};

/* The promise of the state's size; an array of negative length does not compile. */
typedef char rope_core_fits_into_8_kilobytes[sizeof(struct rope_core) <= 8192 ? 1 : -1];

/* Begin from nothing. */
void rope_core_init(struct rope_core *core);

/* Call it after rope_core_init if the sensor itself gives fewer than 50 samples a second (12.5 or 25): they are smoother, and less
 * of the shock of landing is left in them. It stays when rope_core_forget is called. */
void rope_core_set_sensor_rate(struct rope_core *core, float rate_hz);

/* Take one sample of an even 50 Hz stream: m/s^2, gravity included, any orientation. One that no sensor can give (not
 * finite, or beyond 10,000 m/s^2) is taken as missing. True after every fifth sample, when a frame has been worked on and the count
 * may have grown. */
bool rope_core_feed(struct rope_core *core, const float accel_mps2[3]);

/* The next sample of the stream is missing (a FIFO has run over, the bus has failed). Call it once for each missing sample: time
 * goes on only with samples. A frame with a missing sample is taken as not heard. A bout goes on over up to ROPE_CORE_CARRIED_S of
 * frames that were not heard, as if the last turn had come again; a longer gap ends it. Returns the same as rope_core_feed. */
bool rope_core_miss(struct rope_core *core);

/* The sensor was off for more than about three seconds: begin anew, but for the count and the rate. */
void rope_core_forget(struct rope_core *core);

/* Turns since rope_core_init; never falls. */
uint32_t rope_core_count(const struct rope_core *core);

/* Turns a minute now, to one sample of the period; 0 while no rope is turned. */
uint32_t rope_core_cadence_per_min(const struct rope_core *core);

#endif
