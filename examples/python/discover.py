"""What a server offers, found by gRPC's reflection without its protos, and a call made of it: discover.py [--server HOST:PORT]

Prints every service with its methods, then the reply of Collections/ListCollections.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT_S = 30

try:
    import grpc
    from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
except ImportError as missing:
    sys.exit(f"{missing}. On Debian: apt-get install python3-grpcio python3-protobuf protobuf-compiler, and run /usr/bin/python3")


def reflection_messages():
    """The module that protoc makes of the reflection proto, the only one that is needed."""
    if shutil.which("protoc") is None:
        sys.exit("no protoc (Debian: protobuf-compiler)")
    with tempfile.TemporaryDirectory() as folder:
        # From the proto's own folder: a module grpc.reflection would hide in the library's package grpc.
        subprocess.run(["protoc", f"-I{ROOT / 'protos/grpc/reflection/v1'}", f"--python_out={folder}", "reflection.proto"], check=True)
        sys.path.insert(0, folder)
        import reflection_pb2
        return reflection_pb2


def ask(channel, messages, **question):
    """One question to the reflection service, and its answer."""
    call = channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        request_serializer=messages.ServerReflectionRequest.SerializeToString,
        response_deserializer=messages.ServerReflectionResponse.FromString)
    return next(call(iter([messages.ServerReflectionRequest(**question)]), timeout=TIMEOUT_S))


def discover(channel):
    """Every service of the server, as descriptors."""
    messages = reflection_messages()
    pool, files = descriptor_pool.DescriptorPool(), {}

    def add(name):
        """Adds a file to the pool after those that it imports."""
        file = files.pop(name, None)
        if file is not None:
            for imported in file.dependency:
                add(imported)
            pool.Add(file)

    names = [service.name for service in ask(channel, messages, list_services="").list_services_response.service]
    known = set()
    for name in names:
        for data in ask(channel, messages, file_containing_symbol=name).file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(data)
            if file.name not in known:
                known.add(file.name)
                files[file.name] = file
    for name in list(files):
        add(name)
    return [pool.FindServiceByName(name) for name in names]


def message_class(descriptor):
    """The class of a message that only a descriptor tells of; protobuf 4.22 has another way to it than those before."""
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(descriptor.file.pool).GetPrototype(descriptor)


def call(channel, method, **fields):
    """Calls a unary method by its descriptor."""
    request, reply = message_class(method.input_type), message_class(method.output_type)
    stub = channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=request.SerializeToString, response_deserializer=reply.FromString)
    return stub(request(**fields), timeout=TIMEOUT_S)


def main():
    parser = argparse.ArgumentParser(description="What a server offers, found by gRPC's reflection.")
    parser.add_argument("--server", default="127.0.0.1:6410", help="host and gRPC port (default %(default)s)")
    arguments = parser.parse_args()
    with grpc.insecure_channel(arguments.server) as channel:
        services = {service.full_name: service for service in discover(channel)}
        for name, service in services.items():
            print(f"{name}: {', '.join(method.name for method in service.methods)}")
        collections = services["vectorsearch.v1.Collections"]
        print(json_format.MessageToJson(call(channel, collections.methods_by_name["ListCollections"])))


if __name__ == "__main__":
    main()
