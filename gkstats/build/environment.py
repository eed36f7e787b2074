"""The environment of the process that forks for each report; set before it starts."""

ENVIRONMENT = {
    # numpy and pyarrow start threads at import unless told otherwise, and a process with threads must not fork
    **dict.fromkeys(
        ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"),
        "1",
    ),
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as in a kernel
    "PYTHONSAFEPATH": "1",  # nothing is imported from the folder of the reports
}
