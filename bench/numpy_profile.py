"""The same statistics with numpy, as one would write them: the whole tensor in memory, one call each."""

import json
import sys

import ml_dtypes
import numpy as np
from safetensors import safe_open

QUANTILES = [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1]


def profile(values):
    x = values.astype(np.float64)
    finite = x[np.isfinite(x)]
    deviation = finite - finite.mean()
    variance = np.mean(deviation**2)
    return {
        "zero": int(np.count_nonzero(x == 0)),
        "nan": int(np.count_nonzero(np.isnan(x))),
        "infinite": int(np.count_nonzero(np.isinf(x))),
        "min": finite.min(), "argmin": int(finite.argmin()),
        "max": finite.max(), "argmax": int(finite.argmax()),
        "mean": finite.mean(), "std": np.sqrt(variance),
        "l1": np.abs(finite).sum(), "l2": np.sqrt((finite**2).sum()),
        "skewness": np.mean(deviation**3) / variance**1.5,
        "excess_kurtosis": np.mean(deviation**4) / variance**2 - 3,
        "outside": [int(np.count_nonzero((x < -t) | (x > t))) for t in (0.01, 0.1, 1)],
        "quantiles": np.quantile(finite, QUANTILES).tolist(),
        "magnitude_quantiles": np.quantile(np.abs(finite), QUANTILES).tolist(),
        "histogram": np.histogram(finite, 200)[0].tolist(),
    }


def main():
    assert ml_dtypes  # registers BF16 and the F8 kinds with numpy
    with safe_open(sys.argv[1], framework="numpy") as checkpoint:
        result = {name: profile(checkpoint.get_tensor(name)) for name in checkpoint.keys()}
    print(json.dumps(result, default=float))


if __name__ == "__main__":
    main()
