"""Compares a whole profile (JSON) with the reference: inventory, tensors, totals, findings."""

from checkpoint_file import BITS
from decode import VALUE_KINDS
from expected_findings import disagreement
from reference import Part, Population, form, is_buffer, squeezed
from statistics_agreement import StatisticsAgreement

SMALL = 65_536
CHUNK = 1_048_576
INVENTORY = "name file dtype shape squeezed_shape form role elements bytes".split()
STATISTICS = """counts min argmin max argmax abs_max mean std l1 l2 rms skewness excess_kurtosis intervals quantiles
    magnitude_quantiles histogram magnitude_histogram""".split()
EXACT_DTYPES = {dtype for dtype in VALUE_KINDS if BITS[dtype] <= 16}
SKETCHED_DTYPES = {"F32", "F64", "C64"}


def expected_method(tensor, options):
    at_once = CHUNK if tensor.dtype == "F32" else SMALL
    if tensor.dtype in EXACT_DTYPES or tensor.elements <= at_once or options.method == "exact":
        return "exact"
    values = tensor.elements * (2 if tensor.dtype == "C64" else 1)
    if options.method == "reservoir":
        return "exact" if options.sample >= values else "reservoir"
    if tensor.dtype in SKETCHED_DTYPES:
        return "sketch"
    return "exact" if options.sample >= values else "reservoir"


def expected_total_method(population, options):
    dtypes = population.dtypes
    if dtypes <= EXACT_DTYPES or population.size <= SMALL or options.method == "exact":
        return "exact"
    return "sketch" if options.method == "auto" and dtypes <= SKETCHED_DTYPES | EXACT_DTYPES else "reservoir"


def share(part, whole):
    return 100 * part / whole if whole else None


def expected_forms(parameters):
    elements = sum(tensor.elements for tensor in parameters)
    by_rank = {}
    for tensor in parameters:
        by_rank.setdefault(len(squeezed(tensor.shape)), []).append(tensor.elements)
    return [{"form": form([2] * rank), "layers": len(own), "layers_percent": share(len(own), len(parameters)),
             "parameters": sum(own), "parameters_percent": share(sum(own), elements)}
            for rank, own in sorted(by_rank.items())]


def expected_dtypes(tensors):
    rows = []
    for dtype in (dtype for dtype in BITS if any(tensor.dtype == dtype for tensor in tensors)):
        own = [tensor for tensor in tensors if tensor.dtype == dtype]
        rows.append({"dtype": dtype, "tensors": len(own), "elements": sum(tensor.elements for tensor in own),
                     "bytes": sum(len(tensor.data) for tensor in own)})
    return rows


class Reference:
    """The tensors of a checkpoint in the interface's order, and the exact statistics of each and of all."""

    def __init__(self, tensors):
        self.tensors = tensors
        self.parameters = [tensor for tensor in tensors if not is_buffer(tensor)]
        parts = {tensor.name: Part(tensor) for tensor in tensors if tensor.dtype in VALUE_KINDS}
        self.populations = {name: Population([part]) for name, part in parts.items()}
        self.total = Population(parts[tensor.name] for tensor in self.parameters if tensor.name in parts)


class Agreement(StatisticsAgreement):
    """Of one profile with its reference."""

    def profile(self, document, reference):
        self.equal("schema", document["schema"], "weightsieve.profile/1")
        self.options_kept(document["options"])
        names = [found["name"] for found in document["tensors"]]
        assert names == [tensor.name for tensor in reference.tensors], names
        for found, tensor in zip(document["tensors"], reference.tensors):
            self.tensor(found, tensor, reference.populations.get(tensor.name))
        self.totals(document["totals"], reference)
        exact = {tensor["name"]: tensor["magnitude_histogram"]["exact"] for tensor in document["tensors"]
                 if "magnitude_histogram" in tensor}
        wrong = disagreement(document["findings"], reference.tensors, reference.populations, exact)
        self.check("findings", not wrong, wrong, "none")
        unreadable = [name for name in names if name not in reference.populations]
        self.equal("skipped", [skipped["name"] for skipped in document["skipped"]], unreadable)

    def options_kept(self, found):
        options = self.options
        self.equal("options intervals", [tuple(pair) for pair in found["intervals"]], options.intervals)
        self.equal("options quantiles", found["quantiles"], options.quantiles)
        kept = (found["quantile_method"], found["sample"], found["bins"])
        self.equal("options", kept, (options.method, options.sample, options.bins))

    def tensor(self, found, tensor, population):
        expected = {"dtype": tensor.dtype, "shape": list(tensor.shape), "squeezed_shape": squeezed(tensor.shape),
                    "form": form(tensor.shape), "role": "buffer" if is_buffer(tensor) else "parameter",
                    "elements": tensor.elements, "bytes": len(tensor.data)}
        self.equal(tensor.name, {key: found[key] for key in expected}, expected)
        self.equal(f"{tensor.name} fields", set(found), {*INVENTORY, *(STATISTICS if population else [])})
        if population:
            self.statistics(tensor.name, found, population, expected_method(tensor, self.options))

    def totals(self, found, reference):
        tensors, parameters = reference.tensors, reference.parameters
        elements = sum(tensor.elements for tensor in parameters)
        expected = {"tensors": len(tensors), "layers": len(parameters), "parameters": elements,
                    "trainable_parameters": elements, "buffers": len(tensors) - len(parameters),
                    "bytes": sum(len(tensor.data) for tensor in tensors), "by_form": expected_forms(parameters),
                    "by_dtype": expected_dtypes(tensors)}
        self.equal("totals", {key: found[key] for key in expected}, expected)
        method = expected_total_method(reference.total, self.options)
        self.statistics("totals", found, reference.total, method)


def assert_agrees(document, reference, options):
    """Fails with the first disagreements of a profile with its reference."""
    agreement = Agreement(options)
    agreement.profile(document, reference)
    assert not agreement.wrong, f"{len(agreement.wrong)} disagreements:\n" + "\n".join(agreement.wrong[:20])
    return agreement
