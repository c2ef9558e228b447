"""ONNX models as the onnx package writes them: tensors of any of its types, in any of the places that they have."""

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# What a profile calls the values of each type; integers of fewer than 8 bits come out a byte each.
DTYPES = {"FLOAT": "F32", "DOUBLE": "F64", "FLOAT16": "F16", "BFLOAT16": "BF16", "FLOAT8E4M3FN": "F8_E4M3",
          "FLOAT8E4M3FNUZ": "F8_E4M3FNUZ", "FLOAT8E5M2": "F8_E5M2", "FLOAT8E5M2FNUZ": "F8_E5M2FNUZ",
          "FLOAT8E8M0": "F8_E8M0", "FLOAT4E2M1": "F4", "UINT8": "U8", "INT8": "I8", "UINT16": "U16", "INT16": "I16",
          "INT32": "I32", "INT64": "I64", "UINT32": "U32", "UINT64": "U64", "BOOL": "BOOL", "COMPLEX64": "C64",
          "UINT4": "U8", "INT4": "I8", "UINT2": "U8", "INT2": "I8"}
UNPACKED = {"UINT4": "u1", "INT4": "i1", "UINT2": "u1", "INT2": "i1"}
INTEGERS = {**UNPACKED, **{kind: None for kind in ("UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "UINT32", "UINT64")}}
WHOLE_RANGE = {"INT64", "UINT64", "INT32", "UINT32"}


def numpy_type(kind):
    return helper.tensor_dtype_to_np_dtype(TensorProto.DataType.Value(kind))


def random_shape(random, kind):
    shape = tuple(int(extent) for extent in random.integers(1, 7, int(random.integers(0, 4))))
    if shape and random.random() < 0.04:
        shape = (0, *shape[1:])
    if kind == "FLOAT4E2M1":
        shape = (*shape, 2 * int(random.integers(1, 4)))
    return shape


def random_array(random, kind, shape):
    dtype = numpy_type(kind)
    if kind == "FLOAT8E8M0":
        return (2.0 ** random.integers(-20, 20, shape)).astype(dtype)
    if kind in INTEGERS:
        info = ml_dtypes.iinfo(dtype)
        if kind in WHOLE_RANGE and random.random() < 0.5:
            width = np.dtype(dtype).itemsize
            return random.integers(0, 256, (*shape, width), "u1").view(dtype).reshape(shape)
        return random.integers(max(int(info.min), -300), min(int(info.max), 300) + 1, shape).astype(dtype)
    numbers = np.where(random.random(shape) < 0.2, 0, random.normal(0, 3, shape))
    if kind == "BOOL":
        return numbers > 0
    return (numbers + (1j * random.normal(0, 3, shape) if kind == "COMPLEX64" else 0)).astype(dtype)


def as_values(array):
    """Of the dtype in which a profile has them."""
    for kind, dtype in UNPACKED.items():
        if array.dtype == numpy_type(kind):
            return array.astype(dtype)
    return array


def tensor_of(name, kind, array, raw=True):
    number = TensorProto.DataType.Value(kind)
    if raw:
        tensor = numpy_helper.from_array(array, name)
        assert tensor.data_type == number and (tensor.HasField("raw_data") or array.size == 0)
        return tensor
    return helper.make_tensor(name, number, array.shape, array.reshape(-1))


def constant(name, tensor):
    return helper.make_node("Constant", [], [name], value=tensor)


def graph_of(initializers, nodes=()):
    return helper.make_graph(list(nodes), "graph", [], [], list(initializers))


def model_of(initializers, nodes=(), **options):
    return helper.make_model(graph_of(initializers, nodes), **options)


def random_model(random, tensors):
    """With tensors among the initializers, in Constant nodes and in the branches of an If."""
    kinds = list(DTYPES)
    places = {"initializer": [], "constant": [], "branch": []}
    for k in range(tensors):
        kind = kinds[random.integers(len(kinds))]
        array = random_array(random, kind, random_shape(random, kind))
        tensor = tensor_of(f"layer.{k}.weight", kind, array, random.random() < 0.5)
        places[("initializer", "initializer", "constant", "branch")[random.integers(4)]].append(tensor)
    nodes = [constant(tensor.name, tensor) for tensor in places["constant"]]
    if places["branch"]:
        half = len(places["branch"]) // 2
        then = graph_of(places["branch"][:half])
        other = graph_of([], [constant(tensor.name, tensor) for tensor in places["branch"][half:]])
        nodes.append(helper.make_node("If", ["x"], ["y"], then_branch=then, else_branch=other))
    return model_of(places["initializer"], nodes)


def tensors_in(graph):
    """(name, tensor, whether a Constant node holds it) in the order of the file, where nodes come first."""
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                yield node.output[0], attribute.t, True
            if attribute.HasField("g"):
                yield from tensors_in(attribute.g)
    for tensor in graph.initializer:
        yield tensor.name, tensor, False


def save(path, model, external=None, **options):
    """`external`: the name of a file for all elements, whatever their size; None: they stand in the model."""
    if external is None:
        onnx.save_model(model, path)
    else:
        onnx.save_model(model, path, save_as_external_data=True, location=external, size_threshold=0,
                        convert_attribute=True, **options)
    return path


def arrays_of(path):
    """(name, array, whether a Constant node holds it) as the package reads them."""
    model = onnx.load_model(path)
    return [(name, numpy_helper.to_array(tensor), is_constant) for name, tensor, is_constant in tensors_in(model.graph)]
