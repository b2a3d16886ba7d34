using System.CommandLine;

namespace VectorSearch.Cli.Bench.Attacks;

/// <summary><c>vectorsearch bench attacks</c>: what a server bears, measured on a server of its own.</summary>
internal static class AttacksCommand
{
    public static Command Create()
    {
        Option<int> seconds = new("--seconds") { Description = "How long each attack lasts (default 30); times are judged from 10 on.", DefaultValueFactory = _ => 30 };
        Option<string[]> only = new("--only") { Description = "Names of attacks, or overload, or deadlines; all if left out.", AllowMultipleArgumentsPerToken = true };
        Option<bool> json = new("--json") { Description = "End with one line of JSON." };
        Command command = new("attacks", "Attack a server while another client calls it; overload it; call it with short deadlines.") { seconds, only, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            AttackReport report = await new AttackBench(TimeSpan.FromSeconds(Math.Max(1, parsed.GetValue(seconds))), parsed.GetValue(only) ?? [], cancellation).RunAsync();
            if (parsed.GetValue(json)) Console.WriteLine(report.ToJson());
            return report.Misses.Count == 0 ? 0 : 1;
        });
        return command;
    }

    /// <summary><c>vectorsearch bench attacker</c>: one attacker as a process of its own.</summary>
    public static Command CreateAttacker()
    {
        Option<string> name = new("--name") { Required = true };
        Option<int> port = new("--port") { Required = true };
        Option<int> milliseconds = new("--milliseconds") { Required = true };
        Option<double> share = new("--cpu-share") { DefaultValueFactory = _ => 1 };
        Command command = new("attacker", "Attack a server.") { name, port, milliseconds, share };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            string kind = parsed.GetValue(name)!;
            bool isControl = kind == AttackKinds.Control;
            TimeSpan time = TimeSpan.FromMilliseconds(parsed.GetValue(milliseconds));
            AttackWire[] wires = [.. Enumerable.Range(0, isControl ? AttackKinds.ControlConnections : 1).Select(_ => new AttackWire(parsed.GetValue(port), time))];
            if (isControl) AttackKinds.WellFormed(wires, parsed.GetValue(share));
            else AttackKinds.All[kind].Run(wires[0]);
            Console.WriteLine(FormattableString.Invariant($"{wires.Sum(wire => wire.Connections)} {wires.Sum(wire => wire.Closed)} {wires.Sum(wire => wire.Sent)} {Environment.CpuUsage.TotalTime.TotalSeconds:F3}"));
            foreach (AttackWire wire in wires) wire.Dispose();
        });
        return command;
    }
}
