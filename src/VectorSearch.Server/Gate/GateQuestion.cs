using System.Globalization;
using VectorSearch.Collections;
using VectorSearch.Numerics;

namespace VectorSearch.Server.Gate;

/// <summary>A question that two generations are asked, each in its own space.</summary>
internal abstract record GateQuestion
{
    private GateQuestion()
    {
    }

    /// <summary>The question in a few words, for a person.</summary>
    public abstract string Title { get; }

    /// <summary>More like a point, which is not its own answer.</summary>
    public sealed record MoreLike(PointId Id) : GateQuestion
    {
        /// <inheritdoc/>
        public override string Title => $"more like {Id}";
    }

    /// <summary>What the model makes of features.</summary>
    /// <param name="Features">As clients send them.</param>
    public sealed record OfFeatures(PointFeatures Features) : GateQuestion
    {
        /// <inheritdoc/>
        public override string Title => Features switch
        {
            PointFeatures.History history => $"for someone who has {Few(history.Items)}",
            PointFeatures.Sparse sparse => $"for {Few(sparse.Names)}",
            PointFeatures.Text text => $"for \"{(text.Content.Length <= 60 ? text.Content : text.Content[..60] + "…")}\"",
            _ => "for a sound or an image",
        };

        private static string Few(IReadOnlyList<string> names) =>
            string.Join(", ", names.Take(4)) + (names.Count > 4 ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - 4} more") : "");
    }

    /// <summary>Near a vector; asked only where its space is.</summary>
    public sealed record Near(ReadOnlyMemory<float> Vector, SpaceId Space) : GateQuestion
    {
        /// <inheritdoc/>
        public override string Title => "near a vector";
    }
}

/// <summary>A question whose right answers are known.</summary>
internal sealed record JudgedQuestion(GateQuestion Question, IReadOnlySet<PointId> Relevant);
