using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests;

public class FilterTests
{
    private static readonly string[] Genres = ["drama", "comedy", "noir", "western"];

    private static Payload Film(int id)
    {
        Random random = new(id);
        List<KeyValuePair<string, PayloadValue>> fields =
        [
            new("year", random.Next(4) == 0 ? PayloadValue.From(1950.0 + (id % 50)) : PayloadValue.From(1950L + (id % 50))),
            new("genres", PayloadValue.From([.. Genres.Where(_ => random.Next(2) == 0).Select(PayloadValue.From)])),
            new("title", PayloadValue.From($"The {Genres[id % 4]} of number {id % 7}")),
            new("place", PayloadValue.From(new GeoPoint((id % 90) - 45, (id % 180) - 90))),
            new("seen", PayloadValue.FromUnixMicroseconds(id * 1000L)),
        ];
        if (id % 3 == 0) fields.Add(new("rating", id % 6 == 0 ? PayloadValue.Null : PayloadValue.From(id % 5 / 2.0)));
        return new Payload(fields);
    }

    private static async Task<Collection> FilmsAsync(TestCatalog test, int count)
    {
        Collection films = await test.CreateAsync();
        await films.UpsertAsync(TestCatalog.Points(0, count) with { Payloads = [.. Enumerable.Range(0, count).Select(Film)] });
        return films;
    }

    private static SortedSet<ulong> Matches(Collection films, PayloadFilter filter) =>
        [.. films.Query(new QueryBatch { Vectors = TestCatalog.Vector(0), Limit = 1000, Filter = filter }).Ids.Select(id => id.Number)];

    private static PayloadFilter Must(params PayloadCondition[] conditions) => new() { Must = conditions };

    [Fact]
    public async Task Each_condition_finds_what_it_says()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection films = await FilmsAsync(test, 200);
        Expect(new PayloadCondition.Match("year", [PayloadValue.From(1960L)]), (film, _) => Year(film) == 1960);
        Expect(new PayloadCondition.Match("year", [PayloadValue.From(1960.0), PayloadValue.From(1961L)]), (film, _) => Year(film) is 1960 or 1961);
        Expect(new PayloadCondition.Match("genres", [PayloadValue.From("noir")]), (film, _) => HasGenre(film, "noir"));
        Expect(new PayloadCondition.MatchWords("title", ["DRAMA", "3"]), (_, id) => id % 4 == 0 && id % 7 == 3);
        Expect(new PayloadCondition.Range("year") { From = PayloadValue.From(1990L), IsFromExclusive = true }, (film, _) => Year(film) > 1990);
        Expect(new PayloadCondition.Range("year") { From = PayloadValue.From(1960.5), To = PayloadValue.From(1970L) }, (film, _) => Year(film) is > 1960.5 and <= 1970);
        Expect(new PayloadCondition.Range("seen") { To = PayloadValue.FromUnixMicroseconds(50_000), IsToExclusive = true }, (_, id) => id < 50);
        Expect(new PayloadCondition.IsEmpty("rating"), (_, id) => id % 3 != 0 || id % 6 == 0);
        Expect(new PayloadCondition.IsEmpty("nowhere"), (_, _) => true);
        Expect(new PayloadCondition.HasId([3, 5, 9999]), (_, id) => id is 3 or 5);
        GeoPoint centre = new(10, 20);
        Expect(new PayloadCondition.GeoRadius("place", centre, 3e6), (film, _) => Field(film, "place").AsGeo.DistanceTo(centre) <= 3e6);

        void Expect(PayloadCondition condition, Func<Payload, int, bool> holds)
        {
            ulong[] expected = [.. Enumerable.Range(0, 200).Where(id => holds(Film(id), id)).Select(id => (ulong)id)];
            Assert.Equal(expected, Matches(films, Must(condition)));
            Assert.Equal(200 - expected.Length, Matches(films, new PayloadFilter { MustNot = [condition] }).Count);
        }
    }

    [Fact]
    public async Task Groups_combine_as_sets_do_for_random_filters()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection films = await FilmsAsync(test, 120);
        Gen<PayloadCondition> leaf = Gen.OneOf<PayloadCondition>(
            Gen.Choose(1950, 2000).Select<int, PayloadCondition>(year => new PayloadCondition.Match("year", [PayloadValue.From((long)year)])),
            Gen.Elements(Genres).Select<string, PayloadCondition>(genre => new PayloadCondition.Match("genres", [PayloadValue.From(genre)])),
            Gen.Choose(1950, 2000).Select<int, PayloadCondition>(year => new PayloadCondition.Range("year") { To = PayloadValue.From((long)year) }),
            Gen.Choose(0, 119).Select<int, PayloadCondition>(id => new PayloadCondition.HasId([(ulong)id, 7])));
        Gen<PayloadFilter> filters =
            from must in leaf.ListOf(2)
            from should in leaf.ListOf(2)
            from mustNot in leaf.ListOf(1)
            from mask in Gen.Choose(0, 7)
            select new PayloadFilter
            {
                Must = (mask & 1) == 0 ? [] : [.. must],
                Should = (mask & 2) == 0 ? [] : [.. should],
                MustNot = (mask & 4) == 0 ? [] : [.. mustNot],
            };
        Dictionary<PayloadCondition, SortedSet<ulong>> known = [];
        Prop.ForAll(filters.ToArbitrary(), filter =>
        {
            SortedSet<ulong> expected = [.. Enumerable.Range(0, 120).Select(id => (ulong)id)];
            foreach (PayloadCondition condition in filter.Must) expected.IntersectWith(Of(condition));
            if (filter.Should.Count > 0) expected.IntersectWith(filter.Should.SelectMany(Of));
            foreach (PayloadCondition condition in filter.MustNot) expected.ExceptWith(Of(condition));
            return expected.SetEquals(Matches(films, filter)) && expected.SetEquals(Matches(films, Must(new PayloadCondition.Nested(filter))));
        }).QuickCheckThrowOnFailure();

        SortedSet<ulong> Of(PayloadCondition condition) =>
            known.TryGetValue(condition, out SortedSet<ulong>? slots) ? slots : known[condition] = Matches(films, Must(condition));
    }

    [Fact]
    public async Task A_filter_follows_writes_deletes_and_restarts()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection films = await FilmsAsync(test, 50);
        PayloadFilter filter = Must(new PayloadCondition.Match("version", [PayloadValue.From(2L)]));
        Assert.Empty(Matches(films, filter));
        await films.UpsertAsync(TestCatalog.Points(10, 5, version: 2));
        Assert.Equal([10, 11, 12, 13, 14], Matches(films, filter).Select(id => (int)id));
        await films.DeleteAsync(TestCatalog.Ids(11));
        await films.UpsertAsync(TestCatalog.Points(12, 1, version: 3));
        Assert.Equal([10, 13, 14], Matches(films, filter).Select(id => (int)id));
        await films.SnapshotAsync();
        await test.ReopenAsync();
        Assert.Equal([10, 13, 14], Matches(test.Catalog.Get("points"), filter).Select(id => (int)id));
    }

    [Fact]
    public async Task A_filter_beside_concurrent_writes_never_answers_a_point_that_does_not_match()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        PayloadFilter odd = Must(new PayloadCondition.Match("odd", [PayloadValue.From(true)]));
        using CancellationTokenSource ending = new();
        Task writing = Task.Run(async () =>
        {
            for (int step = 0; !ending.IsCancellationRequested; step++)
            {
                int id = step % 40;
                await points.UpsertAsync(TestCatalog.Points(id, 1, step) with { Payloads = [new Payload([new("odd", PayloadValue.From(step % 3 == 1))])] });
            }
        });
        for (int i = 0; i < TestScale.Pick(300, 10_000); i++)
        {
            QueryResult found = points.Query(new QueryBatch { Vectors = TestCatalog.Vector(i), Limit = 40, Filter = odd, WithPayload = true });
            Assert.All(found.Payloads!, payload => Assert.True(payload.TryGetValue("odd", out PayloadValue value) && value.AsBoolean));
            if (i % 10 == 0) await Task.Yield();
        }

        await ending.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task A_wrong_filter_is_refused_by_the_place_in_it()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection films = await FilmsAsync(test, 3);
        (PayloadCondition Condition, string Names)[] cases =
        [
            (new PayloadCondition.Match("year", []), "filter.must[0].any_of"),
            (new PayloadCondition.MatchWords("title", [""]), "filter.must[0].words"),
            (new PayloadCondition.Range("year"), "filter.must[0]"),
            (new PayloadCondition.Range("year") { From = PayloadValue.From("a"), To = PayloadValue.From(1L) }, "filter.must[0]"),
            (new PayloadCondition.GeoRadius("place", new GeoPoint(91, 0), 1), "filter.must[0]"),
            (new PayloadCondition.GeoRadius("place", new GeoPoint(1, 0), double.NaN), "filter.must[0]"),
            (new PayloadCondition.HasId(["text"]), "filter.must[0].has_id[0]"),
            (new PayloadCondition.Nested(Must(new PayloadCondition.Match("x", []))), "filter.must[0].must[0].any_of"),
        ];
        foreach ((PayloadCondition condition, string names) in cases)
        {
            VectorSearchException refused = Assert.Throws<VectorSearchException>(() => Matches(films, Must(condition)));
            Assert.Equal(ErrorCode.InvalidArgument, refused.Code);
            Assert.Contains(names, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Whole_numbers_and_floats_are_ordered_by_value_without_rounding() => Prop.ForAll<long, double>((x, y) =>
    {
        int? order = PayloadOrder.Compare(PayloadValue.From(x), PayloadValue.From(y));
        if (double.IsNaN(y)) return order is null;
        if (double.IsInfinity(y)) return order == -Math.Sign(y);
        int expected = new BigInteger(x).CompareTo(new BigInteger(Math.Floor(y)));
        return Math.Sign(order!.Value) == (expected != 0 ? Math.Sign(expected) : y > Math.Floor(y) ? -1 : 0);
    }).QuickCheckThrowOnFailure();

    private static PayloadValue Field(Payload payload, string name) => payload.TryGetValue(name, out PayloadValue value) ? value : throw new InvalidOperationException(name);

    private static double Year(Payload film) => Field(film, "year") is { Kind: PayloadKind.Integer } whole ? whole.AsInteger : Field(film, "year").AsNumber;

    private static bool HasGenre(Payload film, string genre) => Field(film, "genres").AsList.Any(item => item.AsText == genre);
}
