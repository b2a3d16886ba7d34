using System.CommandLine;
using VectorSearch.Cli;

RootCommand root = new("VectorSearch: learn an embedding from your own data, index it, serve it over gRPC.");
return await CommandHost.RunAsync(root, args);
