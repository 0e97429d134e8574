// What the library uses of MPI, with nothing of MPI in it: numbers and bytes only.
//
// Functions return 0, or an error that cmpi_error names. Those that wait look again and again, and sleep between: a rank that
// waits costs nothing, where MPI's own waiting takes a whole core. They are called by one thread at a time.
#ifndef CMPI_H
#define CMPI_H
#include <stddef.h>

// Starts MPI, once in a process, and says which rank this is of how many.
int cmpi_start(int *rank, int *size);
// Waits for all ranks, at most so many seconds (negative: for ever), and ends MPI. *together is 0 where not all came; MPI has not
// ended then, and cmpi_abort ends the job.
int cmpi_end(double seconds, int *together);
// Ends all ranks at once.
void cmpi_abort(int status);

// Waits until all ranks have come.
int cmpi_barrier(void);
// Gives all ranks the bytes of one; every rank knows how many.
int cmpi_broadcast(void *bytes, size_t count, int root);
// Gives all ranks a number of each.
int cmpi_gather_counts(size_t own, size_t *all);
// Gives all ranks the bytes of all, one after the other; counts are those that cmpi_gather_counts gave.
int cmpi_gather(const void *own, const size_t *counts, void *all);

// Sends bytes to a rank, and calls `take` as long as they are not on their way, which takes in what has come (cmpi_probe,
// cmpi_receive): two ranks that send to each other do not wait for ever. Ends with the error of `take`, if it is one.
int cmpi_send(const void *bytes, size_t count, int rank, int (*take)(void *), void *context);
// Whether a message has come, from whom and of how many bytes. Does not wait; cmpi_receive has to follow.
int cmpi_probe(int *has_come, int *sender, size_t *count);
// Takes the message that cmpi_probe has found.
int cmpi_receive(void *bytes, size_t count, int sender);

// What an error means, and which MPI this is; both end with a zero.
void cmpi_error(int error, char *text, size_t size);
void cmpi_library(char *text, size_t size);

#endif
