/* See rope_core.h and docs/porting-the-core.md. The sections stand in the order in which a frame goes through them. */
#define ROPE_CORE_TABLES
#include "rope_core.h"

#include <math.h>
#include <string.h>

#define FRAME ROPE_CORE_FRAME
#define SPAN ROPE_CORE_SPAN
#define LAGS ROPE_CORE_LAGS
#define PERIODS ROPE_CORE_PERIODS
#define WINDOWS ((SPAN - ROPE_CORE_ACTIVE) / FRAME + 1) /* frames that can be looked back on */

static const float PI = 3.14159265f;
static const float TWO_PI = 6.28318531f;
static const float ONE_OF_THREE = 0.577350269f; /* 1 / sqrt(3): a unit vector with three equal parts */
static const float TINY = 1e-9f;
static const float BEYOND_ALL_SENSORS_MPS2 = 1e4f; /* a thousand g; not a number is beyond as well */

typedef struct rope_core_complex complex_t;

/* ---- small tools ---- */

/* Place of the sample that came `ago` samples before the newest. */
static int place(const struct rope_core *core, int ago)
{
    int at = core->head - 1 - ago;
    return at < 0 ? at + SPAN : at;
}

static float dot(const float a[3], const float b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* fmaxf and fminf, which are calls on many processors, would also ask for values that are not numbers; there are none here. */
static float larger(float a, float b)
{
    return a > b ? a : b;
}

static float smaller(float a, float b)
{
    return a < b ? a : b;
}

static float within(float value, float least, float most)
{
    return smaller(larger(value, least), most);
}

static float power_of(const complex_t z[3])
{
    float sum = 0.0f;
    for (int c = 0; c < 3; c++)
        sum += z[c].re * z[c].re + z[c].im * z[c].im;
    return sum;
}

static float size_of(complex_t z)
{
    return sqrtf(z.re * z.re + z.im * z.im);
}

static float angle_of(complex_t z)
{
    return atan2f(z.im, z.re) / TWO_PI;
}

static float mean_energy(const struct rope_core *core, int samples)
{
    float sum = 0.0f;
    for (int ago = 0; ago < samples; ago++)
        sum += core->energy[place(core, ago)];
    return sum / (float)samples;
}

/* ---- 1: take gravity off, and keep the newest three seconds ---- */

static void put(struct rope_core *core, const float motion[3])
{
    memcpy(core->motion[core->head], motion, sizeof core->motion[0]);
    core->energy[core->head] = dot(motion, motion);
    core->head = (int16_t)((core->head + 1) % SPAN);
}

static void take_heard(struct rope_core *core)
{
    core->unheard_s = 0.0f;
    if (!core->begun)
        memcpy(core->gravity, core->frame[0], sizeof core->gravity);
    core->begun = true;
    for (int k = 0; k < FRAME; k++) {
        float motion[3];
        for (int c = 0; c < 3; c++) {
            core->gravity[c] += ROPE_CORE_GRAVITY_GAIN * (core->frame[k][c] - core->gravity[c]);
            motion[c] = core->frame[k][c] - core->gravity[c];
        }
        put(core, motion);
    }
}

static void take_unheard(struct rope_core *core)
{
    core->unheard_s += ROPE_CORE_FRAME_S;
    bool carried = core->in_bout && core->unheard_s <= ROPE_CORE_CARRIED_S;
    for (int k = 0; k < FRAME; k++) {
        float motion[3] = {0.0f, 0.0f, 0.0f};
        if (carried)
            memcpy(motion, core->motion[place(core, core->period - 1)], sizeof motion);
        put(core, motion);
    }
}

/* ---- 2: how like itself the motion is, a period later ---- */

static void measure_likeness(struct rope_core *core, float likeness[PERIODS])
{
    float newest = 0.0f, departed = INFINITY;
    for (int k = 0; k < FRAME; k++)
        newest += core->energy[place(core, k)];
    for (int row = 0; row < LAGS; row++) {
        int lag = ROPE_CORE_FIRST_LAG + row;
        float products = 0.0f, energies = newest;
        for (int k = 0; k < FRAME; k++) {
            int before = place(core, k + lag);
            products += dot(core->motion[place(core, k)], core->motion[before]);
            energies += core->energy[before];
        }
        core->products[row] = core->products[row] * ROPE_CORE_FORGET[row] + products;
        core->energies[row] = core->energies[row] * ROPE_CORE_FORGET[row] + 0.5f * energies;
        float like = core->products[row] / (core->energies[row] + 1e-3f);
        departed = smaller(departed, like);
        if (lag >= ROPE_CORE_SHORTEST)
            likeness[lag - ROPE_CORE_SHORTEST] = like - larger(0.0f, departed);
    }
}

/* ---- 3: the likeliest period so far ---- */

struct following {
    bool voiced; /* there is a period */
    bool sure;   /* and it is a good one */
};

static void make_circle(struct rope_core *core)
{
    if (core->circle_period == core->period)
        return;
    for (int step = 0; step < core->period; step++) {
        float angle = TWO_PI * (float)step / (float)core->period;
        core->circle[step].re = cosf(angle);
        core->circle[step].im = sinf(angle);
    }
    core->circle_period = core->period;
}

static struct following follow(struct rope_core *core, const float likeness[PERIODS])
{
    float *idle = &core->scores[0], *score = &core->scores[1];
    bool quiet = sqrtf(mean_energy(core, ROPE_CORE_RATE_HZ)) < ROPE_CORE_LEAST_MOTION_MPS2;

    float best = score[0];
    for (int row = 1; row < PERIODS; row++)
        best = larger(best, score[row]);
    float from_idle = *idle - ROPE_CORE_SWITCH_COST, from_far = best - 2.0f * ROPE_CORE_SWITCH_COST;
    *idle = larger(*idle, best - ROPE_CORE_SWITCH_COST) + ROPE_CORE_IDLE;

    /* The cost of a change adds up from period to period: one way up and one way down reach each period from every other. */
    for (int row = 1; row < PERIODS; row++)
        score[row] = larger(score[row], score[row - 1] - ROPE_CORE_NEXT_PERIOD[row - 1]);
    for (int row = PERIODS - 2; row >= 0; row--)
        score[row] = larger(score[row], score[row + 1] - ROPE_CORE_NEXT_PERIOD[row]);

    int chosen = -1;
    best = *idle;
    for (int row = 0; row < PERIODS; row++) {
        float forbidden = quiet || likeness[row] < ROPE_CORE_PERIODIC ? 2.0f : 0.0f;
        score[row] = larger(score[row], larger(from_idle, from_far)) + likeness[row] - ROPE_CORE_OCTAVES[row] - forbidden;
        if (score[row] > best) {
            best = score[row];
            chosen = row;
        }
    }
    for (int row = 0; row <= PERIODS; row++)
        core->scores[row] -= best;
    if (chosen < 0)
        return (struct following){false, false};
    core->period = (int16_t)(ROPE_CORE_SHORTEST + chosen);
    make_circle(core);
    return (struct following){true, likeness[chosen] >= ROPE_CORE_CONVINCED};
}

/* What goes `times` round in the period that ends `ago` samples before the newest; its angle holds for the end. */
static void amplitudes(const struct rope_core *core, int times, int ago, complex_t result[3])
{
    const int period = core->period;
    const float whole = 2.0f / ((float)period + 0.5f);
    memset(result, 0, 3 * sizeof result[0]);
    for (int back = 0, step = 0; back <= period; back++) {
        const float weight = back < period ? whole : 0.5f * whole;
        const float re = weight * core->circle[step].re, im = weight * core->circle[step].im;
        const float *motion = core->motion[place(core, ago + back)];
        for (int c = 0; c < 3; c++) {
            result[c].re += re * motion[c];
            result[c].im += im * motion[c];
        }
        step = (step + times) % period;
    }
}

/* ---- 4: what tells a rope from other motion ---- */

static float area_of(const complex_t z[3])
{
    complex_t squares = {0.0f, 0.0f};
    for (int c = 0; c < 3; c++) {
        squares.re += z[c].re * z[c].re - z[c].im * z[c].im;
        squares.im += 2.0f * z[c].re * z[c].im;
    }
    float power = power_of(z), straight = size_of(squares);
    return sqrtf(larger(0.0f, power * power - straight * straight));
}

static float mean_shock(const struct rope_core *core)
{
    float sum = 0.0f;
    for (int k = 0; k < FRAME; k++) {
        float shock[3] = {0.0f, 0.0f, 0.0f};
        for (int tap = 0; tap < ROPE_CORE_TAPS; tap++) {
            const float *motion = core->motion[place(core, k + tap)];
            for (int c = 0; c < 3; c++)
                shock[c] += ROPE_CORE_SHOCK_TAPS[tap] * motion[c];
        }
        sum += dot(shock, shock);
    }
    return sum / (float)FRAME;
}

#ifdef ROPE_CORE_ANKLE

/* What goes `turns` (a half, or one) round in each period, over SOME_PERIODS; nothing where the ring is too short for them. */
static void amplitudes_over_some(const struct rope_core *core, float turns, complex_t result[3])
{
    const int samples = ROPE_CORE_SOME_PERIODS * core->period;
    memset(result, 0, 3 * sizeof result[0]);
    if (samples > SPAN)
        return;
    const float step = TWO_PI * turns / (float)core->period, weight = 2.0f / (float)samples;
    for (int back = 0; back < samples; back++) {
        const float re = weight * cosf(step * (float)back), im = weight * sinf(step * (float)back);
        const float *motion = core->motion[place(core, back)];
        for (int c = 0; c < 3; c++) {
            result[c].re += re * motion[c];
            result[c].im += im * motion[c];
        }
    }
}

/* How much power another motion has in the direction of one. */
static float share_along(const complex_t motion[3], const complex_t other[3])
{
    complex_t sum = {0.0f, 0.0f};
    for (int c = 0; c < 3; c++) {
        sum.re += motion[c].re * other[c].re + motion[c].im * other[c].im;
        sum.im += motion[c].re * other[c].im - motion[c].im * other[c].re;
    }
    return (sum.re * sum.re + sum.im * sum.im) / (power_of(motion) + 1e-6f);
}

static float ratio(float power, float other)
{
    return sqrtf(power / (other + 1e-6f));
}

/* What landings are worth: no skip, one (both feet), two (feet in turn). */
static float skips_a_turn(const struct rope_core *core)
{
    const float before = core->in_bout ? core->worth : 0.0f, keep = before > 0.0f ? ROPE_CORE_FOOT_KEEP : 1.0f;
    const float period_s = (float)core->period / (float)ROPE_CORE_RATE_HZ, once = sqrtf(core->once), angle = period_s / TWO_PI;
    const float shock = sqrtf(core->shock / (core->all_motion + 1e-6f)) / core->shock_gain;
    const bool middling = period_s > ROPE_CORE_FOOT_BOTH_FEET_S, slow = period_s >= ROPE_CORE_FOOT_ONE_FOOT_S;
    const bool aside = ratio(core->once, core->along) >= keep * ROPE_CORE_FOOT_ASIDE;
    if (period_s < ROPE_CORE_FOOT_FASTEST_S)
        return 0.0f;
    if (middling && sqrtf(core->twice) >= ROPE_CORE_FOOT_TWO_LANDINGS * once && !aside)
        return 1.0f; /* a double bounce */
    if (ratio(core->half, core->along_half) >= keep * ROPE_CORE_FOOT_TO_AND_FRO || (slow && aside))
        return 0.0f; /* jumping jacks */
    if (2.0f * once * angle * angle > keep * ROPE_CORE_FOOT_MOST_REACH_M || period_s > ROPE_CORE_FOOT_SLOWEST_S)
        return 0.0f; /* strides */
    const float both_shock = ROPE_CORE_FOOT_BOTH_FEET_SHOCK * (before == 1.0f ? 1.0f / keep : keep);
    return slow || (middling && shock < both_shock) ? 2.0f : 1.0f;
}

static void judge_feet(struct rope_core *core, const complex_t once[3], const complex_t twice[3])
{
    const float gain = core->in_bout ? ROPE_CORE_SWING_GAIN : 1.0f;
    core->once += gain * (power_of(once) - core->once);
    core->twice += gain * (power_of(twice) - core->twice);
    core->along += gain * (share_along(once, twice) - core->along);
    complex_t half[3], whole[3];
    amplitudes_over_some(core, 0.5f, half);
    amplitudes_over_some(core, 1.0f, whole);
    core->half += gain * (power_of(half) - core->half);
    core->along_half += gain * (share_along(half, whole) - core->along_half);
    core->worth_now = skips_a_turn(core);
    bool settled = core->in_bout && (core->age_s > ROPE_CORE_REVISED_S || core->worth_now == 0.0f);
    if (!settled)
        core->worth = larger(core->worth_now, 1.0f);
}

#endif

static void judge(struct rope_core *core, const complex_t once[3])
{
    complex_t twice[3];
    amplitudes(core, 2, 0, twice);
    float total = power_of(once) + power_of(twice);
    float swing = sqrtf(total / 2.0f), round = (area_of(once) + area_of(twice)) / (total + 1e-6f);
    float gain = core->in_bout ? ROPE_CORE_SWING_GAIN : 1.0f;
    core->swing += gain * (swing - core->swing);
    core->round += gain * (round - core->round);
    core->shock += (1.0f - ROPE_CORE_SHOCK_DECAY) * (mean_shock(core) - core->shock);
    core->all_motion += (1.0f - ROPE_CORE_SHOCK_DECAY) * (mean_energy(core, FRAME) - core->all_motion);
#ifdef ROPE_CORE_ANKLE
    judge_feet(core, once, twice);
#endif
}

static bool is_rope(const struct rope_core *core, float swing_share, float shock_share)
{
    float shaken = sqrtf(core->shock / (core->all_motion + 1e-6f));
    return core->worth_now > 0.0f && shaken >= shock_share * ROPE_CORE_LEAST_SHOCK * core->shock_gain
        && core->swing >= swing_share * ROPE_CORE_LEAST_SWING_MPS2 && core->round >= ROPE_CORE_LEAST_ROUND;
}

/* ---- 5: the main direction of the circle ---- */

static void begin_axis(struct rope_core *core)
{
    for (int c = 0; c < 3; c++) {
        core->axis[c].re = ONE_OF_THREE;
        core->axis[c].im = 0.0f;
    }
}

/* Add the outer product of a vector with its own conjugate. */
static void add_to_spread(struct rope_core *core, const complex_t z[3])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            core->spread[i][j].re += z[i].re * z[j].re + z[i].im * z[j].im;
            core->spread[i][j].im += z[i].im * z[j].re - z[i].re * z[j].im;
        }
}

/* One step of the power iteration. */
static void turn_axis(struct rope_core *core)
{
    complex_t turned[3];
    for (int i = 0; i < 3; i++) {
        turned[i].re = turned[i].im = 0.0f;
        for (int j = 0; j < 3; j++) {
            const complex_t spread = core->spread[i][j], axis = core->axis[j];
            turned[i].re += spread.re * axis.re - spread.im * axis.im;
            turned[i].im += spread.re * axis.im + spread.im * axis.re;
        }
    }
    float length = sqrtf(power_of(turned)) + TINY;
    for (int i = 0; i < 3; i++) {
        core->axis[i].re = turned[i].re / length;
        core->axis[i].im = turned[i].im / length;
    }
}

/* How much of a vector lies along the axis: the product of the conjugated axis with it. */
static complex_t along_axis(const struct rope_core *core, const complex_t z[3])
{
    complex_t sum = {0.0f, 0.0f};
    for (int c = 0; c < 3; c++) {
        const complex_t axis = core->axis[c];
        sum.re += axis.re * z[c].re + axis.im * z[c].im;
        sum.im += axis.re * z[c].im - axis.im * z[c].re;
    }
    return sum;
}

/* ---- 6: begin, revise or carry on a bout ---- */

static float median(const float values[], int number)
{
    float sorted[WINDOWS];
    for (int i = 0; i < number; i++) {
        int at = i;
        for (; at > 0 && sorted[at - 1] > values[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = values[i];
    }
    return 0.5f * (sorted[(number - 1) / 2] + sorted[number / 2]);
}

/* Find the main direction of the circle, and how many turns of it there have been already. Frames are told backwards, 0 is now. */
static void look_back(struct rope_core *core)
{
    complex_t circles[WINDOWS][3];
    float size[WINDOWS], angle[WINDOWS];
    for (int k = 0; k < WINDOWS; k++)
        amplitudes(core, 1, FRAME * k, circles[k]);

    int recent = (int)rintf(1.5f * (float)core->period / (float)FRAME);
    recent = recent < 2 ? 2 : recent > WINDOWS ? WINDOWS : recent;
    memset(core->spread, 0, sizeof core->spread);
    for (int k = 0; k < recent; k++)
        add_to_spread(core, circles[k]);
    begin_axis(core);
    for (int times = 0; times < 6; times++)
        turn_axis(core);
    for (int k = 0; k < WINDOWS; k++) {
        complex_t along = along_axis(core, circles[k]);
        size[k] = size_of(along);
        angle[k] = angle_of(along);
    }

    float usual = median(size, recent), least = ROPE_CORE_HALF * usual;
    int room = (int)within(core->since_s / ROPE_CORE_FRAME_S, 1.0f, (float)WINDOWS), reach = 1;
    while (reach < room && size[0] >= least && size[reach] >= least)
        reach++;

    float expected = (float)FRAME / (float)core->period, turns = 0.0f;
    for (int k = 1; k < reach; k++) {
        float step = angle[k - 1] - angle[k] - expected;
        turns += step - rintf(step) + expected;
    }
    if (reach < room)
        turns += expected * within((size[reach - 1] - least) / (size[reach - 1] - size[reach] + TINY), 0.0f, 1.0f);

    core->amplitude = usual;
    core->angle = angle[0];
    core->turns = larger(0.0f, turns);
    core->unseen = 0.0f;
    core->age_s = (float)(reach - 1) * ROPE_CORE_FRAME_S;
    core->bout_period = core->period;
    core->usual_motion = sqrtf(mean_energy(core, core->period));
}

/* The period has doubled or halved: in a young bout it was mistaken, in an old one the pupil skips otherwise now. */
static void leap(struct rope_core *core)
{
    if (core->age_s <= ROPE_CORE_REVISED_S) {
        float age_s = core->age_s, turns = core->turns * (float)core->bout_period / (float)core->period;
        look_back(core);
        core->turns = turns;
        core->age_s = age_s;
        return;
    }
    float due = core->turns * core->worth + 1.0f - ROPE_CORE_COMPLETED;
    int32_t base = core->base + (int32_t)floorf(due);
    core->base = core->count > base ? core->count : base;
    look_back(core);
    core->turns = due - floorf(due) - (1.0f - ROPE_CORE_COMPLETED);
}

/* Follow the angle of the circle along its main direction. */
static void carry_on(struct rope_core *core, const complex_t once[3])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            core->spread[i][j].re *= ROPE_CORE_SPREAD_DECAY;
            core->spread[i][j].im *= ROPE_CORE_SPREAD_DECAY;
        }
    add_to_spread(core, once);
    turn_axis(core);
    complex_t along = along_axis(core, once);
    float size = size_of(along), angle = angle_of(along);

    float expected = (float)FRAME / (float)core->period;
    float further = angle - core->angle - expected;
    further = within(further - rintf(further) + expected, 0.0f, 3.0f * expected);
    if (size >= ROPE_CORE_HALF * core->amplitude && is_rope(core, ROPE_CORE_KEEP_SWING, ROPE_CORE_KEEP_SHOCK)) {
        core->turns += further + (core->unseen <= ROPE_CORE_BRIDGED ? core->unseen : 0.0f);
        core->unseen = 0.0f;
        core->usual_motion += ROPE_CORE_AMPLITUDE_GAIN * (sqrtf(mean_energy(core, ROPE_CORE_RATE_HZ)) - core->usual_motion);
        core->amplitude += ROPE_CORE_AMPLITUDE_GAIN * (size - core->amplitude);
    } else {
        core->unseen += further;
    }
    core->angle = angle;
    core->bout_period = core->period;
}

static void count(struct rope_core *core, const complex_t once[3], struct following found)
{
    core->age_s += ROPE_CORE_FRAME_S;
    core->since_s += ROPE_CORE_FRAME_S;
    if (!core->in_bout) {
        if (found.sure && is_rope(core, 1.0f, 1.0f)) {
            core->base = core->count;
            core->in_bout = true;
            look_back(core);
        }
    } else {
        float ratio = (float)core->period / (float)core->bout_period;
        if (found.voiced && (ratio > 1.4f || ratio < 1.0f / 1.4f))
            leap(core);
        else
            carry_on(core, once);
    }
    core->in_bout = core->in_bout && found.voiced;
}

/* ---- 7: the number that may be shown now ---- */

static void show(struct rope_core *core)
{
    if (!core->in_bout || core->turns < ROPE_CORE_LEAST_TURNS)
        return;
    float period_s = (float)core->period / (float)ROPE_CORE_RATE_HZ, ahead = 0.0f;
    bool moving = sqrtf(mean_energy(core, 12)) >= ROPE_CORE_STILL * core->usual_motion;
    if (moving && core->unseen == 0.0f)
        ahead = larger(0.0f, 0.5f - ROPE_CORE_CERTAIN_S / period_s);
    int32_t shown = core->base + (int32_t)floorf((core->turns + ahead) * core->worth + (1.0f - ROPE_CORE_COMPLETED));
    if (shown > core->count) {
        core->count = shown;
        core->since_s = 0.0f;
    }
}

/* ---- a frame of five samples ---- */

static bool take(struct rope_core *core)
{
    if (++core->filled < FRAME)
        return false;
    if (core->missed)
        take_unheard(core);
    else
        take_heard(core);
    core->filled = 0;
    core->missed = false;

    float likeness[PERIODS];
    measure_likeness(core, likeness);
    struct following found = follow(core, likeness);
    complex_t once[3];
    amplitudes(core, 1, 0, once);
    judge(core, once);
    count(core, once, found);
    show(core);
    return true;
}

/* ---- what a band calls ---- */

void rope_core_init(struct rope_core *core)
{
    memset(core, 0, sizeof *core);
    for (int row = 0; row < PERIODS; row++)
        core->scores[1 + row] = ROPE_CORE_UNLIKELY;
    begin_axis(core);
    core->period = core->bout_period = ROPE_CORE_FIRST_PERIOD;
    core->since_s = ROPE_CORE_LONG_AGO_S;
    core->shock_gain = core->worth = core->worth_now = 1.0f;
    make_circle(core);
}

void rope_core_set_sensor_rate(struct rope_core *core, float rate_hz)
{
    /* The mean over a sampling step, and the straight lines between samples, take sinc(f / rate) once and twice. */
    float low = PI * ROPE_CORE_SHOCK_HZ / larger(rate_hz, ROPE_CORE_SHOCK_HZ), usual = PI * ROPE_CORE_SHOCK_HZ / ROPE_CORE_RATE_HZ;
    float left = sinf(low) / low * usual / sinf(usual);
    core->shock_gain = smaller(1.0f, left * left * left);
}

bool rope_core_feed(struct rope_core *core, const float accel_mps2[3])
{
    for (int c = 0; c < 3; c++)
        if (!(fabsf(accel_mps2[c]) <= BEYOND_ALL_SENSORS_MPS2))
            return rope_core_miss(core);
    memcpy(core->frame[core->filled], accel_mps2, sizeof core->frame[0]);
    return take(core);
}

bool rope_core_miss(struct rope_core *core)
{
    core->missed = true;
    return take(core);
}

void rope_core_forget(struct rope_core *core)
{
    int32_t count = core->count;
    float shock_gain = core->shock_gain;
    rope_core_init(core);
    core->count = count;
    core->shock_gain = shock_gain;
}

uint32_t rope_core_count(const struct rope_core *core)
{
    return (uint32_t)core->count;
}

uint32_t rope_core_cadence_per_min(const struct rope_core *core)
{
    if (!core->in_bout || core->turns < ROPE_CORE_LEAST_TURNS)
        return 0;
    return (60u * ROPE_CORE_RATE_HZ * (uint32_t)core->worth + (uint32_t)core->period / 2u) / (uint32_t)core->period;
}
