"""Health and reflection with grpcio, from code generated from the same protos: what a stock tool would do.

Usage: discover.py PORT. Prints one line for each case.
"""

import os
import sys

import grpc

# The generated code shares the package name of the library.
grpc.__path__.append(os.path.join(os.environ["INTEROP_GENERATED"], "grpc"))
from google.protobuf import descriptor_pb2, descriptor_pool  # noqa: E402
from grpc.health.v1 import health_pb2, health_pb2_grpc  # noqa: E402
from grpc.reflection.v1 import reflection_pb2, reflection_pb2_grpc  # noqa: E402
from grpc.reflection.v1alpha import reflection_pb2 as alpha_pb2  # noqa: E402
from grpc.reflection.v1alpha import reflection_pb2_grpc as alpha_pb2_grpc  # noqa: E402

SERVICE = "grpc.testing.TestService"
TIMEOUT_S = 30


def health_check(channel):
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", SERVICE):
        assert stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=TIMEOUT_S).status == 1
    try:
        stub.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=TIMEOUT_S)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND
    else:
        raise AssertionError("an unknown service was found")


def health_watch(channel):
    watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_S)
    assert next(watch).status == 1
    watch.cancel()


def discover(stub, messages):
    def ask(**question):
        return next(stub.ServerReflectionInfo(iter([messages.ServerReflectionRequest(**question)]), timeout=TIMEOUT_S))

    names = [service.name for service in ask(list_services="").list_services_response.service]
    assert SERVICE in names, names
    pool = descriptor_pool.DescriptorPool()
    files = ask(file_containing_symbol=SERVICE).file_descriptor_response.file_descriptor_proto
    for file in reversed(files):
        pool.Add(descriptor_pb2.FileDescriptorProto.FromString(file))
    method = pool.FindServiceByName(SERVICE).FindMethodByName("UnaryCall")
    assert method.input_type.fields_by_name["response_size"].number == 2


def reflection_v1(channel):
    discover(reflection_pb2_grpc.ServerReflectionStub(channel), reflection_pb2)


def reflection_v1alpha(channel):
    discover(alpha_pb2_grpc.ServerReflectionStub(channel), alpha_pb2)


def main(port):
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        for case in (health_check, health_watch, reflection_v1, reflection_v1alpha):
            try:
                case(channel)
                print(case.__name__, "ok", flush=True)
            except Exception as error:  # whatever fails is one line of the table
                print(case.__name__, "FAIL", repr(error).replace("\n", " "), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
