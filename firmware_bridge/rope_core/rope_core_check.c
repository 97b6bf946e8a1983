/* For the desk, not for the band: reads a motion file (CSV: time_s, ax_mps2, ay_mps2, az_mps2, ...) of 50 samples a second from the
 * standard input, and prints the count after each second. docs/porting-the-core.md has files and the counts to expect. */
#include <stdio.h>

#include "rope_core.h"

int main(void)
{
    static struct rope_core core;
    char line[256];
    float accel_mps2[3];
    long samples = 0;
    rope_core_init(&core);
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%*f,%f,%f,%f", &accel_mps2[0], &accel_mps2[1], &accel_mps2[2]) != 3)
            continue; /* the names of the columns */
        rope_core_feed(&core, accel_mps2);
        if (++samples % ROPE_CORE_RATE_HZ == 0)
            printf("%s%lu", samples > ROPE_CORE_RATE_HZ ? " " : "", (unsigned long)rope_core_count(&core));
    }
    printf("\n");
    return 0;
}
