#include "cmpi.h"

#include <mpi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Counts of MPI 3 are int: what is longer goes in pieces.
static const size_t piece_bytes = (size_t)1 << 30;

enum { tag_length = 1, tag_bytes = 2 };

// A communicator of our own, so that no message meets those of another library, with errors that are returned.
static MPI_Comm ranks;
// The end has one of its own: a rank that ends early meets nothing else that the others do together.
static MPI_Comm ending;
static int own_rank, rank_count;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void pause_after(long round) {
  struct timespec pause = {0, round < 200 ? 1000 : 1000000};
  nanosleep(&pause, NULL);
}

// Looks at once, often for a moment, and then a thousand times a second; at most so many seconds where they are not negative.
static int wait_for(MPI_Request *request, double seconds, int *is_over) {
  double start = now();
  for (long round = 0;; round++) {
    int error = MPI_Test(request, is_over, MPI_STATUS_IGNORE);
    if (error != MPI_SUCCESS || *is_over) return error;
    if (seconds >= 0 && now() - start > seconds) return MPI_SUCCESS;
    pause_after(round);
  }
}

static int finish(int error, MPI_Request *request) {
  int is_over = 0;
  return error != MPI_SUCCESS ? error : wait_for(request, -1, &is_over);
}

int cmpi_start(int *rank, int *size) {
  int provided = 0;
  int error = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (error == MPI_SUCCESS) error = MPI_Comm_dup(MPI_COMM_WORLD, &ranks);
  if (error == MPI_SUCCESS) error = MPI_Comm_dup(MPI_COMM_WORLD, &ending);
  if (error == MPI_SUCCESS) error = MPI_Comm_set_errhandler(ranks, MPI_ERRORS_RETURN);
  if (error == MPI_SUCCESS) error = MPI_Comm_set_errhandler(ending, MPI_ERRORS_RETURN);
  if (error == MPI_SUCCESS) error = MPI_Comm_rank(ranks, &own_rank);
  if (error == MPI_SUCCESS) error = MPI_Comm_size(ranks, &rank_count);
  *rank = own_rank;
  *size = rank_count;
  return error != MPI_SUCCESS ? error : provided < MPI_THREAD_SERIALIZED ? MPI_ERR_OTHER : 0;
}

int cmpi_end(double seconds, int *together) {
  MPI_Request request;
  int error = MPI_Ibarrier(ending, &request);
  *together = 0;
  if (error == MPI_SUCCESS) error = wait_for(&request, seconds, together);
  if (error != MPI_SUCCESS || !*together) return error;
  MPI_Comm_free(&ending);
  MPI_Comm_free(&ranks);
  return MPI_Finalize();
}

void cmpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

int cmpi_barrier(void) {
  MPI_Request request;
  return finish(MPI_Ibarrier(ranks, &request), &request);
}

int cmpi_broadcast(void *bytes, size_t count, int root) {
  for (size_t done = 0; done < count; done += piece_bytes) {
    size_t length = count - done < piece_bytes ? count - done : piece_bytes;
    MPI_Request request;
    int error = finish(MPI_Ibcast((char *)bytes + done, (int)length, MPI_BYTE, root, ranks, &request), &request);
    if (error != MPI_SUCCESS) return error;
  }
  return MPI_SUCCESS;
}

int cmpi_gather_counts(size_t own, size_t *all) {
  uint64_t count = own, *counts = malloc((size_t)rank_count * sizeof *counts);
  if (!counts) return MPI_ERR_NO_MEM;
  MPI_Request request;
  int error = finish(MPI_Iallgather(&count, 1, MPI_UINT64_T, counts, 1, MPI_UINT64_T, ranks, &request), &request);
  for (int rank = 0; error == MPI_SUCCESS && rank < rank_count; rank++) all[rank] = counts[rank];
  free(counts);
  return error;
}

// All ranks know all counts, and so take the same way.
int cmpi_gather(const void *own, const size_t *counts, void *all) {
  size_t total = 0;
  for (int rank = 0; rank < rank_count; rank++) total += counts[rank];
  if (total > piece_bytes) {
    char *place = all;
    for (int rank = 0; rank < rank_count; rank++) {
      if (rank == own_rank) memcpy(place, own, counts[rank]);
      int error = cmpi_broadcast(place, counts[rank], rank);
      if (error != MPI_SUCCESS) return error;
      place += counts[rank];
    }
    return MPI_SUCCESS;
  }
  int *lengths = malloc((size_t)rank_count * 2 * sizeof *lengths), *places = lengths + rank_count, place = 0;
  if (!lengths) return MPI_ERR_NO_MEM;
  for (int rank = 0; rank < rank_count; rank++) {
    lengths[rank] = (int)counts[rank];
    places[rank] = place;
    place += lengths[rank];
  }
  MPI_Request request;
  int error = finish(
      MPI_Iallgatherv(own, lengths[own_rank], MPI_BYTE, all, lengths, places, MPI_BYTE, ranks, &request), &request);
  free(lengths);
  return error;
}

// All of it is on its way before anything is waited for: a rank that takes a message in meanwhile may wait for the same of this one.
int cmpi_send(const void *bytes, size_t count, int rank, int (*take)(void *), void *context) {
  uint64_t length = count;
  size_t pieces = (count + piece_bytes - 1) / piece_bytes;
  MPI_Request *requests = malloc((pieces + 1) * sizeof *requests);
  if (!requests) return MPI_ERR_NO_MEM;
  int posted = 0, is_over = 0;
  int error = MPI_Isend(&length, 1, MPI_UINT64_T, rank, tag_length, ranks, &requests[posted++]);
  for (size_t done = 0; error == MPI_SUCCESS && done < count; done += piece_bytes) {
    size_t part = count - done < piece_bytes ? count - done : piece_bytes;
    error = MPI_Isend((const char *)bytes + done, (int)part, MPI_BYTE, rank, tag_bytes, ranks, &requests[posted++]);
  }
  for (long round = 0; error == MPI_SUCCESS; round++) {
    error = MPI_Testall(posted, requests, &is_over, MPI_STATUSES_IGNORE);
    if (error != MPI_SUCCESS || is_over) break;
    error = take(context);
    pause_after(round);
  }
  free(requests);
  return error;
}

int cmpi_probe(int *has_come, int *sender, size_t *count) {
  MPI_Status status;
  int error = MPI_Iprobe(MPI_ANY_SOURCE, tag_length, ranks, has_come, &status);
  if (error != MPI_SUCCESS || !*has_come) return error;
  *sender = status.MPI_SOURCE;
  uint64_t length = 0;
  MPI_Request request;
  error = finish(MPI_Irecv(&length, 1, MPI_UINT64_T, *sender, tag_length, ranks, &request), &request);
  *count = length;
  return error;
}

int cmpi_receive(void *bytes, size_t count, int sender) {
  int error = MPI_SUCCESS;
  for (size_t done = 0; error == MPI_SUCCESS && done < count; done += piece_bytes) {
    size_t part = count - done < piece_bytes ? count - done : piece_bytes;
    MPI_Request request;
    error = finish(MPI_Irecv((char *)bytes + done, (int)part, MPI_BYTE, sender, tag_bytes, ranks, &request), &request);
  }
  return error;
}

static void copy(const char *text, int length, char *target, size_t size) {
  size_t count = length < 0 ? 0 : (size_t)length;
  if (count >= size) count = size - 1;
  memcpy(target, text, count);
  target[count] = 0;
}

void cmpi_error(int error, char *text, size_t size) {
  char buffer[MPI_MAX_ERROR_STRING];
  int length = 0;
  if (MPI_Error_string(error, buffer, &length) != MPI_SUCCESS) length = 0;
  copy(buffer, length, text, size);
}

void cmpi_library(char *text, size_t size) {
  char buffer[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  if (MPI_Get_library_version(buffer, &length) != MPI_SUCCESS) length = 0;
  copy(buffer, length, text, size);
}
