using System.CommandLine;
using VectorSearch.Cli;
using VectorSearch.Cli.Bench;
using VectorSearch.Cli.Commands;
using VectorSearch.Cli.Export;
using VectorSearch.Cli.Generations;
using VectorSearch.Cli.Learn;
using VectorSearch.Cli.Map;
using VectorSearch.Cli.Quickstart;
using VectorSearch.Cli.Torture;

RootCommand root = new("VectorSearch: learn an embedding from your own data, index it, serve it over gRPC.")
{
    QuickstartCommand.Create(),
    ServeCommand.Create(),
    LearnCommand.Create(),
    GenerateCommand.Create(),
    MapCommand.Create(),
    ExportCommand.Create(),
    ImportCommand.Create(),
    SearchCommand.Create(),
    CheckCommand.Create(),
    BenchCommand.Create(),
    RebuildCommand.Create(),
    GenerationCommands.Generations(),
    GenerationCommands.Promote(),
    GenerationCommands.Rollback(),
    GenerationCommands.Retire(),
    GenerationCommands.Diff(),
    GenerationCommands.Bridge(),
    BackupCommand.Create(),
    RestoreCommand.Create(),
    TortureCommand.Create(),
};
return await CommandHost.RunAsync(root, args);
