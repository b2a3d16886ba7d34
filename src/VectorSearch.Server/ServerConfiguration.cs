using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace VectorSearch.Server;

/// <summary>Reads <see cref="ServerOptions"/> from a file, the environment and flags: the later one wins.</summary>
public static class ServerConfiguration
{
    /// <summary>Prefix of the environment variables.</summary>
    public const string EnvironmentPrefix = "VECTORSEARCH_";

    /// <summary>Environment variables with the prefix that are not options of the server.</summary>
    private static readonly string[] Reserved = ["FULL", "SEED", "REQUIRE_ALL", "STORAGE_FAULT"];

    /// <summary>Merges the three sources.</summary>
    /// <param name="file">A JSON file, or null for none. It must exist.</param>
    /// <param name="flags">Values given on the command line, by the names of the options.</param>
    /// <param name="defaults">What holds where no source says anything; null for the usual defaults.</param>
    /// <exception cref="ServerConfigurationException">Lists every fault: an unknown name, a value of the wrong type, a limit passed.</exception>
    public static ServerOptions Load(string? file, IReadOnlyDictionary<string, string?> flags, ServerOptions? defaults = null)
    {
        ConfigurationBuilder builder = new();
        if (file is not null)
        {
            if (!File.Exists(file)) throw new ServerConfigurationException([$"Configuration file '{file}' does not exist."]);
            builder.AddJsonFile(Path.GetFullPath(file));
        }

        builder.AddEnvironmentVariables(EnvironmentPrefix);
        builder.AddInMemoryCollection(flags);
        try
        {
            return Bind(builder.Build(), (defaults ?? new ServerOptions()) with { });
        }
        catch (InvalidDataException notJson)
        {
            throw new ServerConfigurationException([$"Configuration file '{file}' is not JSON: {(notJson.InnerException ?? notJson).Message}"], notJson);
        }
    }

    private static ServerOptions Bind(IConfigurationRoot configuration, ServerOptions options)
    {
        List<string> faults = [];
        Dictionary<string, PropertyInfo> properties = typeof(ServerOptions).GetProperties()
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (IConfigurationSection section in configuration.GetChildren())
        {
            string name = section.Key.Replace("_", "", StringComparison.Ordinal);
            if (Reserved.Contains(section.Key, StringComparer.OrdinalIgnoreCase)) continue;
            if (!properties.TryGetValue(name, out PropertyInfo? property))
            {
                faults.Add($"'{section.Key}' is not an option; expected one of {string.Join(", ", properties.Keys)}.");
                continue;
            }

            if (property.PropertyType == typeof(string)) property.SetValue(options, section.Value ?? "");
            else if (int.TryParse(section.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number)) property.SetValue(options, number);
            else faults.Add($"{property.Name} is '{section.Value}'; expected a whole number.");
        }

        faults.AddRange(options.Validate());
        return faults.Count == 0 ? options : throw new ServerConfigurationException(faults);
    }
}

/// <summary>The options cannot be used; the message lists every fault on a line of its own.</summary>
/// <param name="faults">One sentence each.</param>
/// <param name="inner">What was thrown below, if anything.</param>
public sealed class ServerConfigurationException(IReadOnlyList<string> faults, Exception? inner = null)
    : Exception(string.Join(Environment.NewLine, faults), inner)
{
    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
