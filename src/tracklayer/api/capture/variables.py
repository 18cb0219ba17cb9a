"""The environment variables that say how a training was run."""

from __future__ import annotations

from collections.abc import Mapping

#: A list of what is kept, not of what is not: a variable that nobody thought of may hold a secret. Prefixes that such
#: ones share (SLURM_JWT, HF_TOKEN, NVIDIA_API_KEY, Terraform's TF_VAR_ and TF_TOKEN_) are not here, but closer ones.
PREFIXES = (
    # GPUs and what they talk over: https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html
    *("CUDA_", "CUDNN_", "CUBLAS_", "NCCL_", "NVSHMEM_", "UCX_", "GLOO_", "FI_EFA_"),
    *("HIP_", "HSA_", "ROCR_", "MIOPEN_", "RCCL_"),
    # Threads of the processor's libraries.
    *("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "NUMEXPR_", "BLIS_", "VECLIB_"),
    # Frameworks.
    *("PYTORCH_", "TORCH", "XLA_", "JAX_", "TPU_", "LIBTPU_", "ACCELERATE_", "DEEPSPEED_"),
    *("TF_CPP_", "TF_CUDNN_", "TF_DETERMINISTIC_", "TF_DISABLE_", "TF_ENABLE_", "TF_FORCE_", "TF_GPU_", "TF_NUM_"),
    *("TF_USE_", "TF_XLA_"),
    # Launchers: https://slurm.schedmd.com/sbatch.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES
    *("SLURM_ARRAY_", "SLURM_CPUS_", "SLURM_GPU", "SLURM_JOB_", "SLURM_MEM_", "SLURM_NODE", "SLURM_NTASKS"),
    *("SLURM_STEP_", "SLURM_TASKS", "OMPI_COMM_WORLD_"),
)
NAMES = frozenset(
    {
        # https://pytorch.org/docs/stable/elastic/run.html#environment-variables
        *("RANK", "LOCAL_RANK", "GROUP_RANK", "ROLE_RANK", "NODE_RANK"),
        *("WORLD_SIZE", "LOCAL_WORLD_SIZE", "ROLE_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "PMI_RANK", "PMI_SIZE"),
        *("SLURM_CLUSTER_NAME", "SLURM_JOBID", "SLURM_LOCALID", "SLURM_NNODES", "SLURM_NPROCS", "SLURM_PROCID"),
        *("SLURM_RESTART_COUNT", "SLURM_SUBMIT_DIR", "SLURM_SUBMIT_HOST"),
        *("NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES", "NVIDIA_TF32_OVERRIDE", "FI_PROVIDER"),
        *("TF_CONFIG", "DS_ACCELERATOR"),
        # https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
        *("HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_DATASETS_CACHE", "HF_DATASETS_OFFLINE"),
        *("TRANSFORMERS_CACHE", "TRANSFORMERS_OFFLINE", "TOKENIZERS_PARALLELISM", "RAYON_NUM_THREADS"),
        # The interpreter and where its libraries come from.
        *("PYTHONHASHSEED", "PYTHONPATH", "PYTHONOPTIMIZE", "CONDA_DEFAULT_ENV", "CONDA_PREFIX", "VIRTUAL_ENV"),
        *("LD_LIBRARY_PATH", "LD_PRELOAD", "MALLOC_ARENA_MAX"),
    }
)


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Those variables of an environment that matter to a training, by their names in order.

    * Secrets in their values are not looked for here: whoever keeps them hides those first.
    """
    return {name: environ[name] for name in sorted(environ) if name in NAMES or name.startswith(PREFIXES)}
