using Patrol.Cli.Failures;
using Patrol.Cli.Sources;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;

namespace Patrol.Tests.Sources;

/// <summary>What every source promises about reading, whatever the system behind it. What changes tokens: <see cref="SourceChangesTests"/>.</summary>
public sealed class SourceContractTests
{
    private static readonly Dictionary<string, (Func<DateOnly, TokenFilter, TokenFilter> Filter, string Picks)> Filters = new(StringComparer.Ordinal)
    {
        ["on a day"] = ((today, filter) => filter with { ExpiresOn = today.AddDays(10) }, "own revoked acting blocked"),
        ["on a day, without blocked owners"] = ((today, filter) => filter with { ExpiresOn = today.AddDays(10), WithoutBlocked = true }, "own revoked acting"),
        ["on a day, blocked bots' too"] = ((today, filter) => filter with { ExpiresOn = today.AddDays(20), WithoutBlocked = true }, "reader deploy mirror"),
        ["within a span"] = ((today, filter) => filter with { ExpiresFrom = today, ExpiresTo = today.AddDays(10) }, "own today revoked acting blocked"),
        ["until today"] = ((today, filter) => filter with { ExpiresTo = today }, "expired today revoked and expired"),
        ["never"] = ((_, filter) => filter with { NoExpiry = true }, "endless"),
        ["unused"] = ((today, filter) => filter with { UnusedSince = UtcDay.Start(today.AddDays(-180)) }, "old"),
        ["active"] = ((_, filter) => filter with { State = StateFilter.Active }, "old own reader endless acting blocked deploy mirror"),
        ["expired"] = ((_, filter) => filter with { State = StateFilter.Expired }, "expired today"),
        ["revoked"] = ((_, filter) => filter with { State = StateFilter.Revoked }, "revoked revoked and expired"),
        ["inactive"] = ((_, filter) => filter with { State = StateFilter.Inactive }, "expired today revoked revoked and expired"),
        ["somebody's"] = ((_, filter) => filter with { Owner = "BLOCKED" }, "blocked"),
        ["nobody's"] = ((_, filter) => filter with { Owner = "nobody-of-that-name" }, ""),
        ["a project's"] = ((_, filter) => filter with { Sorts = [TokenSort.Project] }, "deploy"),
        ["of two kinds"] = ((_, filter) => filter with { Sorts = [TokenSort.Group, TokenSort.Impersonation] }, "acting mirror"),
        ["service accounts'"] = ((_, filter) => filter with { Sorts = [TokenSort.ServiceAccount] }, ""),
        ["with both scopes"] = ((_, filter) => filter with { Scopes = ["api", "read_user"] }, "own"),
        ["with a scope that there is not"] = ((_, filter) => filter with { Scopes = ["fly"] }, ""),
        ["as extend picks"] = ((today, filter) => filter with { ExpiresOn = today.AddDays(10), WithoutRevoked = true, WithoutImpersonation = true }, "own blocked"),
        ["everything at once"] = ((today, filter) => filter with { ExpiresOn = today.AddDays(20), State = StateFilter.Active, Sorts = [TokenSort.Personal], Owner = "jane", Scopes = ["read_api"] }, "reader"),
    };

    [Theory, ClassData(typeof(Worlds))]
    public async Task Every_token_comes_once_by_id_and_is_what_it_is(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        var found = await Find(source, new TokenFilter { Today = world.Today });
        Assert.Equal(found.Select(one => one.Id).Distinct().Order(), found.Select(one => one.Id));
        foreach (var planted in SourceWorld.Tokens)
        {
            var one = Assert.Single(found, one => one.Id == world.Ids[planted.Name]);
            Assert.Equal((planted.Name, planted.Sort, planted.Revoked), (one.Name, one.Sort, one.Revoked));
            Assert.Equal(planted.EndsIn is { } days ? world.Today.AddDays(days) : null, one.ExpiresAt);
            Assert.Equal(planted.Scopes.Order(), one.Scopes.Order());
            Assert.Equal(planted.Sort == TokenSort.Impersonation, one.Impersonation);
            Assert.Null(one.LastUsedAt);
            Assert.Equal(planted.IsOld, one.CreatedAt < world.Now.AddDays(-100));
            if (planted.Sort is TokenSort.Project or TokenSort.Group)
            {
                Assert.Equal(planted.Sort == TokenSort.Group ? new FoundResource(true, world.GroupId, SourceWorld.GroupPath) : new FoundResource(false, world.ProjectId, SourceWorld.ProjectPath), one.Resource);
                Assert.Matches("^(project|group)_[0-9]+_bot", one.Owner);
            }
            else
            {
                Assert.Null(one.Resource);
                Assert.Equal(planted.Owner, one.Owner);
                Assert.StartsWith($"{planted.Owner}@", one.Email, StringComparison.Ordinal);
                Assert.Equal(planted.Owner == SourceWorld.Blocked ? "blocked" : "active", one.OwnerState);
            }
        }
    }

    [Theory, ClassData(typeof(Worlds))]
    public async Task A_filter_picks_what_it_says_and_nothing_else(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        var ids = world.Ids.Values.ToHashSet();
        foreach (var (what, (filter, picks)) in Filters)
        {
            var found = await Find(source, filter(world.Today, new TokenFilter { Today = world.Today }));
            // The administrator's own token, where there is one, is none of these.
            Assert.Equal($"{what}: {picks}", $"{what}: {string.Join(' ', found.Where(one => ids.Contains(one.Id)).Select(one => one.Name))}");
        }
        var some = await Find(source, new TokenFilter { Today = world.Today, Ids = [world.Ids["deploy"], 999_999, world.Ids["own"], world.Ids["own"]] });
        Assert.Equal(["own", "deploy"], some.Select(one => one.Name));
        Assert.Empty(await Find(source, new TokenFilter { Today = world.Today, Ids = [] }));
    }

    [Theory, ClassData(typeof(Worlds))]
    public async Task Counts_are_those_of_all_tokens(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        var all = await Find(source, new TokenFilter { Today = world.Today });
        var days = all.GroupBy(one => one.ExpiresAt).Select(day => new ExpiryCount(day.Key, day.Count())).ToList();
        var analysis = await source.Analyze(CancellationToken.None);
        Assert.Equal(days.OrderByDescending(day => day.Count).ThenByDescending(day => day.ExpiresAt ?? DateOnly.MaxValue), analysis.Days);
        Assert.Equal(name.StartsWith("gitlab-db", StringComparison.Ordinal), analysis.TellsMigration);
        Assert.Equal(
            [new(world.Today.AddDays(10), 4), new(world.Today.AddDays(20), 3)],
            await source.ComingDates(2, CancellationToken.None));
    }

    [Theory, ClassData(typeof(Worlds))]
    public async Task What_it_cannot_do_it_refuses_with_the_way_out(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        foreach (var ability in Enum.GetValues<Ability>())
        {
            if (source.WhyNot(ability) is not { } why)
                continue;
            Assert.Matches("use --|give |with --|`patrol ", why);
            Assert.Equal(ExitCode.WrongUsage, Assert.Throws<CliFailure>(() => source.Demand(ability)).Code);
        }
        Assert.Equal(name == "gitlab", source.WhyNot(Ability.ChangeExpiry) is not null);
    }

    [Theory, ClassData(typeof(Worlds))]
    public async Task A_text_finds_its_token_and_no_other(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        SourceChangesTests.SkipWithout(source, Ability.FindText);
        Assert.Equal(world.Ids["reader"], (await source.FindText(new Secret(world.Texts["reader"]), CancellationToken.None))?.Id);
        Assert.Equal(world.Ids["deploy"], (await source.FindText(new Secret(world.Texts["deploy"]), CancellationToken.None))?.Id);
        Assert.Null(await source.FindText(new Secret("glpat-no-token-has-this-text"), CancellationToken.None));
        if (name == "gitlab")
        {
            var refused = await Assert.ThrowsAsync<CliFailure>(() => source.FindText(new Secret(world.Texts["expired"]), CancellationToken.None));
            Assert.Contains("Token is expired", refused.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(world.Ids["expired"], (await source.FindText(new Secret(world.Texts["expired"]), CancellationToken.None))?.Id);
        }
    }

    internal static async Task<List<FoundToken>> Find(ISource source, TokenFilter filter)
    {
        var found = new List<FoundToken>();
        await foreach (var one in source.Find(filter, CancellationToken.None))
            found.Add(one);
        return found;
    }
}
