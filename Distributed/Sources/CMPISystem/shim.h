// Carries the flags of the MPI that is installed; CMPI includes its header.
