using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using VectorSearch.Cli.Commands;
using VectorSearch.Client;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Generations;

/// <summary><c>vectorsearch generations | promote | rollback | retire | diff | bridge</c>: what becomes of generations once they are built.</summary>
internal static class GenerationCommands
{
    /// <summary>Work on a collection by a client.</summary>
    private delegate Task RunOn(VectorSearchClient client, string collection, bool json, CancellationToken cancellation);

    public static Command Generations()
    {
        Argument<ulong> number = new("number") { Description = "One of them, with its gate report.", Arity = ArgumentArity.ZeroOrOne };
        return Make("generations", "List the generations of a collection, or show one with its report.", [number], parsed => async (client, collection, json, cancellation) =>
        {
            ulong wanted = parsed.GetValue(number);
            IReadOnlyList<Generation> all = wanted == 0
                ? await client.Generations.ListAsync(collection, cancellation)
                : [await client.Generations.GetAsync(collection, wanted, cancellation)];
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(all.Select(GenerationTable.ToJson)));
                return;
            }

            GenerationTable.Write(AnsiConsole.Console, all);
            if (wanted != 0 && all[0].Report is { } report) GateReportTable.Write(AnsiConsole.Console, report);
        });
    }

    public static Command Promote()
    {
        Argument<ulong> number = new("number") { Description = "Which (default: the newest that was built and does not answer).", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> accept = AcceptMissing();
        return Make("promote", "Let a generation answer that was built and does not.", [number, accept], parsed => async (client, collection, json, cancellation) =>
            Write(await client.Generations.PromoteAsync(collection, parsed.GetValue(number), parsed.GetValue(accept), cancellation), json, "answers now"));
    }

    public static Command Rollback()
    {
        Option<bool> accept = AcceptMissing();
        return Make("rollback", "Let the generation answer again that answered before.", [accept], parsed => async (client, collection, json, cancellation) =>
            Write(await client.Generations.RollbackAsync(collection, parsed.GetValue(accept), cancellation), json, "answers again, with every write that came meanwhile"));
    }

    public static Command Retire()
    {
        Argument<ulong> number = new("number") { Description = "Which." };
        return Make("retire", "Give up a generation that does not answer, with its memory.", [number], parsed => async (client, collection, json, cancellation) =>
            Write(await client.Generations.RetireAsync(collection, parsed.GetValue(number), cancellation), json, "is retired; its record and report stay"));
    }

    public static Command Diff()
    {
        Argument<ulong> from = new("from") { Description = "A generation (default: the one that answers).", Arity = ArgumentArity.ZeroOrOne };
        Argument<ulong> to = new("to") { Description = "Another one (default: the newest other).", Arity = ArgumentArity.ZeroOrOne };
        Option<int> examples = new("--examples") { Description = "Queries shown, those that changed the most (default 5).", DefaultValueFactory = _ => 5 };
        Option<string?> judgements = new("--judgements") { HelpName = "FILE", Description = "Who watched what: asks for the last item of each." };
        return Make("diff", "Compare two generations as the gate does, and show what changed the most.", [from, to, examples, judgements], parsed => async (client, collection, json, cancellation) =>
        {
            DiffGenerationsRequest request = new()
            {
                Collection = collection, From = parsed.GetValue(from), To = parsed.GetValue(to), Examples = (uint)Math.Clamp(parsed.GetValue(examples), 0, 100),
            };
            if (parsed.GetValue(judgements) is { } file)
            {
                if (!File.Exists(file)) throw new CliException($"--judgements: file '{file}' does not exist.");
                Collection described = await client.Collections.GetAsync(collection, cancellationToken: cancellation);
                request.Judgements.AddRange(JudgementFile.Make(InteractionReader.Read(file, cancellationToken: cancellation), described.IdKind, 1));
            }

            DiffGenerationsReply reply = await client.Generations.DiffAsync(request, TimeSpan.FromMinutes(10), cancellation);
            if (json) Console.WriteLine(JsonSerializer.Serialize(new { report = GateReportTable.ToJson(reply.Report), examples = reply.Examples.Select(ToJson) }));
            else WriteDiff(reply);
        });
    }

    public static Command Bridge()
    {
        Argument<string> state = new("state") { Description = "on or off." };
        state.AcceptOnlyFromAmong("on", "off");
        Option<double> hours = new("--hours") { HelpName = "H", Description = "How long it stays on (default: until switched off)." };
        return Make("bridge", "Let queries send vectors of the space before, or not any more.", [state, hours], parsed => async (client, collection, json, cancellation) =>
        {
            double stay = parsed.GetValue(hours);
            if (stay < 0) throw new CliException($"--hours is {stay}; expected a number above 0.");
            Bridge bridge = await client.Generations.UpdateBridgeAsync(collection, parsed.GetValue(state) == "on", stay > 0 ? TimeSpan.FromHours(stay) : null, cancellation);
            if (json) Console.WriteLine(JsonSerializer.Serialize(new { from_space_id = bridge.FromSpaceId, kind = bridge.Kind, recall = bridge.Recall, margin = bridge.Margin, enabled = bridge.Enabled }));
            else AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The bridge from {bridge.FromSpaceId} is {(bridge.Enabled ? "on" : "off")}: {bridge.Kind}, recall@{bridge.K} {bridge.Recall:F3} ± {bridge.Margin:F3}."));
        });
    }

    private static Command Make(string name, string description, IReadOnlyList<Symbol> symbols, Func<ParseResult, RunOn> run)
    {
        Argument<string> collection = new("collection") { Description = "The collection." };
        Option<bool> json = new("--json") { Description = "End with one line of JSON." };
        ServerConnection.Flags server = new();
        Command command = new(name, description) { collection };
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)symbol);
        }

        command.Options.Add(json);
        server.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using ServerConnection connection = await ServerConnection.OpenAsync(server, parsed, cancellation);
            await run(parsed)(connection.Client, parsed.GetValue(collection)!, parsed.GetValue(json), cancellation);
            return 0;
        });
        return command;
    }

    private static Option<bool> AcceptMissing() => new("--accept-missing") { Description = "Go on though the generation lacks points; they are not found then." };

    private static void Write(Generation generation, bool json, string what)
    {
        if (json) Console.WriteLine(JsonSerializer.Serialize(GenerationTable.ToJson(generation)));
        else AnsiConsole.WriteLine($"Generation {generation.Number} of '{generation.Collection}' {what}.");
    }

    private static void WriteDiff(DiffGenerationsReply reply)
    {
        GateReportTable.Write(AnsiConsole.Console, reply.Report);
        Table table = new Table().Border(TableBorder.Rounded).Title("What changed the most")
            .AddColumn("query").AddColumn("changed").AddColumn($"generation {reply.Report.Serving}").AddColumn($"generation {reply.Report.Candidate}");
        foreach (AnswerChange change in reply.Examples)
            table.AddRow(Markup.Escape(change.Query), change.Churn.ToString("P0", CultureInfo.InvariantCulture), Markup.Escape(string.Join(" ", Ids(change.FromIds))), Markup.Escape(string.Join(" ", Ids(change.ToIds))));
        AnsiConsole.Write(table);
    }

    private static object ToJson(AnswerChange change) => new { query = change.Query, churn = change.Churn, from = Ids(change.FromIds), to = Ids(change.ToIds) };

    private static IEnumerable<string> Ids(IdColumn? column) =>
        column is null ? [] : column.Numbers.Select(id => id.ToString(CultureInfo.InvariantCulture)).Concat(column.Strings);
}
