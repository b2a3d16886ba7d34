using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using VectorSearch.Learn;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Learn;

/// <summary><c>vectorsearch learn planted</c>: how many planted neighbours a model finds again.</summary>
internal static class LearnPlantedCommand
{
    public static Command Create()
    {
        Option<string> model = new("--model") { Required = true, HelpName = "MODEL", Description = "A model learned from the folder's train.txt." };
        Option<string> folder = new("--data") { Required = true, HelpName = "DIR", Description = "A folder that 'generate interactions' made." };
        Option<string?> question = new("--question") { HelpName = "NAME", Description = "The question asked: 'audience' where the model has it, else 'similar'." };
        Option<int> least = new("--min-watches") { DefaultValueFactory = _ => 20, HelpName = "N", Description = "Leave out films with fewer watches." };
        Option<int> queries = new("--queries") { DefaultValueFactory = _ => 1000, HelpName = "N", Description = "Films to ask about, a seeded sample." };
        Option<bool> json = new("--json") { Description = "End with one line of JSON." };
        Command command = new("planted", "Measure recall@10 of planted neighbours beside that of an oracle that knows all users.")
        {
            model, folder, question, least, queries, json,
        };
        command.SetAction(parsed => BadOptions.Report(() =>
        {
            string data = parsed.GetValue(folder)!;
            InteractionDataset train = InteractionReader.Read(Path.Combine(data, PlantedFiles.Train));
            LearnedModel learned = ModelFile.Load(parsed.GetValue(model)!);
            string asked = parsed.GetValue(question) ?? PlantedNeighbours.QuestionOf(learned);
            PlantedRecall recall = PlantedNeighbours.Measure(
                learned, asked, train, Vectors(Path.Combine(data, PlantedFiles.Items)),
                Vectors(Path.Combine(data, PlantedFiles.Users)), parsed.GetValue(least), parsed.GetValue(queries));
            Console.WriteLine(parsed.GetValue(json)
                ? new JsonObject
                {
                    ["question"] = asked, ["recall@10"] = recall.Model, ["oracle"] = recall.Oracle, ["ratio"] = recall.Model / recall.Oracle,
                    ["films"] = recall.Films, ["queries"] = recall.Queries,
                }.ToJsonString()
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{asked}: recall@10 {recall.Model:f4}, oracle {recall.Oracle:f4}, ratio {recall.Model / recall.Oracle:f3} ({recall.Queries} of {recall.Films} films)"));
        }));
        return command;
    }

    private static VectorTable Vectors(string path)
    {
        using RowMatrix<float> rows = VectorFile.ReadFloats(path);
        return VectorTable.Of(rows);
    }
}
