using System.CommandLine;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Export;

/// <summary><c>vectorsearch export</c>: a model's item vectors in the formats of other programs.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Option<string> model = new("--model") { Required = true, HelpName = "MODEL", Description = "A learned model." };
        Option<string> question = new("--question") { DefaultValueFactory = _ => "similar", Description = "The question whose items are written." };
        Option<string> file = new("--out")
        {
            Required = true, HelpName = "FILE",
            Description = "The file: .txt or .vec (word2vec text), .bin (word2vec binary), .npy, .fvecs, .fbin (with the ids beside it in FILE.ids), .jsonl.",
        };
        Command command = new("export", "Write a learned model's item vectors, with their ids, in a format of other programs.") { model, question, file };
        command.SetAction(parsed => BadOptions.Report(() =>
        {
            LearnedModel learned = ModelFile.Load(parsed.GetValue(model)!);
            ModelQuestion asked = learned.Question(parsed.GetValue(question)!);
            NamedVectors vectors = NamedVectors.Of(learned, asked);
            EmbeddingFile.Write(vectors, parsed.GetValue(file)!);
            Console.WriteLine($"{vectors.Ids.Count} vectors of {asked.Dimension} dimensions ({asked.Metric}, space {asked.Space}) written to {parsed.GetValue(file)}");
        }));
        return command;
    }
}
