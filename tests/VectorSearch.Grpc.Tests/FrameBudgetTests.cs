using System.Net;
using VectorSearch.Grpc.Kestrel;

namespace VectorSearch.Grpc.Tests;

public class FrameBudgetTests
{
    private const int PerSecond = 1000, First = PerSecond / 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SteppedClock _clock = new();

    [Fact]
    public void A_new_connection_has_a_tenth_of_a_seconds_worth_until_its_address_has_had_its_share()
    {
        AddressRates rates = new(PerSecond, _clock);
        IPAddress address = IPAddress.Parse("192.0.2.1");
        int[] firsts = [.. Enumerable.Range(0, 100).Select(_ => Taken(new FrameBudget(PerSecond, Patience, _clock, FrameBudget.First(PerSecond, rates, address))))];
        Assert.Equal([.. Enumerable.Repeat(First, 20), .. Enumerable.Repeat(20, 80)], firsts);
        Assert.Equal(First, FrameBudget.First(PerSecond, rates, IPAddress.Parse("192.0.2.2")));
        Assert.Equal(First, FrameBudget.First(PerSecond, rates, null));
        Assert.Equal(20, FrameBudget.First(framesPerSecond: 100, rates, null));
    }

    [Fact]
    public void A_connection_that_rested_has_a_seconds_worth_and_no_more()
    {
        FrameBudget budget = new(PerSecond, Patience, _clock, First);
        Assert.Equal(PerSecond / 10, Taken(budget));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(PerSecond, Taken(budget));
        Assert.False(budget.IsUsedUp);
    }

    [Fact]
    public void What_is_paced_comes_at_the_rate()
    {
        FrameBudget budget = new(PerSecond, TimeSpan.FromHours(1), _clock, First);
        int taken = Taken(budget);
        for (int i = 0; i < 100; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            taken += Taken(budget);
        }

        Assert.InRange(taken, PerSecond * 10, PerSecond * 11);
    }

    [Fact]
    public void Who_wants_more_than_the_rate_for_long_has_used_it_up()
    {
        FrameBudget budget = new(PerSecond, Patience, _clock, First);
        for (TimeSpan passed = TimeSpan.Zero; passed < Patience; passed += TimeSpan.FromMilliseconds(100))
        {
            Taken(budget);
            Assert.False(budget.IsUsedUp);
            _clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Taken(budget);
        Assert.True(budget.IsUsedUp);
    }

    [Fact]
    public void Bursts_with_rests_between_them_are_borne_for_ever()
    {
        FrameBudget budget = new(PerSecond, Patience, _clock, First);
        for (int i = 0; i < 100; i++)
        {
            Taken(budget);
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            Taken(budget);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(budget.IsUsedUp);
    }

    /// <summary>Takes control frames until the budget says no; the last one was taken too, at the budget's expense.</summary>
    private static int Taken(FrameBudget budget)
    {
        int taken = 0;
        while (budget.TryTake(FrameWeights.Control)) taken++;
        return taken;
    }
}
