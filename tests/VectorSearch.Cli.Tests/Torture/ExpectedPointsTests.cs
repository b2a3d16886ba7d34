using VectorSearch.Cli.Torture;
using static VectorSearch.Cli.Torture.ExpectedPoints;

namespace VectorSearch.Cli.Tests.Torture;

/// <summary>The judge of <c>torture</c> sees what it is there to see.</summary>
public class ExpectedPointsTests
{
    private const ulong Id = 7;
    private readonly ExpectedPoints _expected = new();

    [Fact]
    public void An_acknowledged_point_may_be_nothing_else()
    {
        Write(version: 5);
        Assert.Equal(Verdict.Right, Judge(new PointState(5, 0)));
        Write(version: 6);
        Assert.Equal(Verdict.Lost, Judge(null));
        Write(version: 8);
        Assert.Equal(Verdict.Stale, Judge(new PointState(6, 0)));
        Write(version: 9);
        Assert.Equal(Verdict.Phantom, Judge(new PointState(11, 0)));
    }

    [Fact]
    public void A_point_that_was_deleted_or_never_written_may_not_be_there()
    {
        Assert.Equal(Verdict.Phantom, Judge(new PointState(1, 0)));
        _expected.Begin(0, [(Id, null)]);
        _expected.Acknowledge(0);
        Assert.Equal(Verdict.Phantom, Judge(new PointState(1, 0)));
    }

    [Fact]
    public void A_change_of_the_payload_that_was_acknowledged_may_not_go_back()
    {
        Write(version: 5);
        _expected.Begin(0, [(Id, new PointState(5, 6))]);
        _expected.Acknowledge(0);
        Assert.Equal(Verdict.Stale, Judge(new PointState(5, 0)));
    }

    [Fact]
    public void Of_writes_under_way_any_may_have_been_done_and_none_after_the_judgement()
    {
        Write(version: 5);
        _expected.Begin(0, [(Id, new PointState(6, 0))]);
        _expected.Begin(0, [(Id, new PointState(7, 0))]);
        Assert.Equal(Verdict.Right, Judge(new PointState(5, 0)));
        Assert.Equal(Verdict.Right, Judge(new PointState(6, 0)));
        Assert.Equal(Verdict.Right, Judge(new PointState(7, 0)));
        _expected.Settle();
        Assert.Equal(Verdict.Stale, Judge(new PointState(6, 0)));
    }

    [Fact]
    public void What_was_begun_in_turn_is_acknowledged_in_that_order()
    {
        _expected.Begin(0, [(Id, new PointState(1, 0))]);
        _expected.Begin(0, [(Id, new PointState(2, 0))]);
        _expected.Acknowledge(0);
        Assert.Equal(new PointState(2, 0), _expected.Known(Id));
    }

    private void Write(long version)
    {
        _expected.Begin(0, [(Id, new PointState(version, 0))]);
        _expected.Acknowledge(0);
    }

    private Verdict Judge(PointState? found) => _expected.Judge(Id, found);
}
