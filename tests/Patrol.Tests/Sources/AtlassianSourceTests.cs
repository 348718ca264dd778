using Patrol.Cli.Failures;
using Patrol.Cli.Sources;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Sources;

/// <summary>Jira and Confluence: one's own tokens for everybody, all for administrators where the instance has that.</summary>
public sealed class AtlassianSourceTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 11, 24);
    private static readonly TokenFilter Everything = new() { Today = Today };

    private readonly List<string> said = [];

    [Theory]
    [InlineData("jira"), InlineData("confluence")]
    public async Task Own_tokens_are_read_however_the_instance_writes_instants(string product)
    {
        await using var fake = await FakeAtlassian.Start(hasSearch: false, Now);
        var (_, text) = fake.Add(FakeAtlassian.Robin, "first", Now.AddDays(-1), 30);
        fake.Add(FakeAtlassian.Robin, "second", Now.AddDays(-1), 30);
        fake.Add(FakeAtlassian.Robin, "third", Now.AddDays(-30).AddHours(3), 30);
        fake.Add(FakeAtlassian.Robin, "fourth", Now.AddDays(-30), 30);
        fake.Add(FakeAtlassian.Robin, "fifth", Now.AddDays(-1), null);
        fake.Add(FakeAtlassian.Admin, "another's", Now.AddDays(-1), 30);
        await using var source = await Open(product, fake, text);
        var found = await SourceContractTests.Find(source, Everything);
        Assert.Equal(
            ["1 first 2026-12-23 Active", "2 second 2026-12-23 Active", "3 third 2026-11-24 Active", "4 fourth 2026-11-24 Expired", "5 fifth  Active"],
            found.Select(one => $"{one.Id} {one.Name} {one.ExpiresAt:yyyy-MM-dd} {one.StateOn(Today)}"));
        Assert.All(found, one => Assert.Equal((FakeAtlassian.Robin, TokenSort.Personal), (one.Owner, one.Sort)));
        Assert.All(found.Take(2), one => Assert.Equal(Now.AddDays(-1), one.CreatedAt));
        Assert.Contains("only robin's own tokens", Assert.Single(said), StringComparison.Ordinal);
        Assert.Equal(["fourth"], (await SourceContractTests.Find(source, Everything with { State = StateFilter.Expired })).Select(one => one.Name));
        Assert.Equal([new(new DateOnly(2026, 11, 24), 2), new(new DateOnly(2026, 12, 23), 2), new(null, 1)], (await source.Analyze(CancellationToken.None)).Days.OrderBy(day => day.ExpiresAt ?? DateOnly.MaxValue));
    }

    [Fact]
    public async Task Administrators_see_all_where_there_is_a_search_and_are_told_what_that_stands_on()
    {
        await using var fake = await FakeAtlassian.Start(hasSearch: true, Now);
        var (_, text) = fake.Add(FakeAtlassian.Admin, "admin's", Now.AddDays(-1), 30);
        for (var i = 0; i < 250; i++)
            fake.Add($"user{i}", $"token {i}", Now.AddDays(-1), 30);
        await using var source = await Open("jira", fake, text);
        Assert.Equal(251, (await SourceContractTests.Find(source, Everything)).Count);
        Assert.Equal(["user7"], (await SourceContractTests.Find(source, Everything with { Owner = "USER7" })).Select(one => one.Owner));
        Assert.Contains("experimental", said[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoking_believes_only_what_the_instance_says()
    {
        await using var fake = await FakeAtlassian.Start(hasSearch: true, Now);
        var (_, text) = fake.Add(FakeAtlassian.Admin, "admin's", Now.AddDays(-1), 30);
        var (robins, _) = fake.Add(FakeAtlassian.Robin, "robin's", Now.AddDays(-1), 30);
        var (own, _) = fake.Add(FakeAtlassian.Admin, "another of admin's", Now.AddDays(-1), 30);
        await using var source = await Open("jira", fake, text);
        foreach (var status in (int[])[403, 404, 405])
        {
            fake.RefusesOthers = status;
            var refused = await Revoke(source, robins);
            Assert.Equal(0, refused.Tokens);
            Assert.Contains($"{status}", FailureEdge.Explain(refused.Ended!).Message, StringComparison.Ordinal);
        }
        fake.RefusesOthers = null;
        Assert.Equal((1, null), await Revoke(source, robins) is var gone ? (gone.Tokens, gone.Ended) : default);
        Assert.Equal(1, (await Revoke(source, own)).Tokens);
        Assert.Equal(["admin's"], (await SourceContractTests.Find(source, Everything)).Select(one => one.Name));
    }

    [Theory]
    [InlineData("jira"), InlineData("confluence")]
    public async Task A_rotated_token_is_made_anew_proved_and_only_then_revoked(string product)
    {
        await using var fake = await FakeAtlassian.Start(hasSearch: false, Now);
        var (id, text) = fake.Add(FakeAtlassian.Robin, "nightly", Now.AddDays(-1), 30);
        NewToken made;
        await using (var source = await Open(product, fake, text))
            made = await Rotate(source, null);
        Assert.Equal(("nightly", new DateOnly(2026, 12, 24)), (made.Token.Name, made.Token.ExpiresAt));
        await using var renewed = await Open(product, fake, made.Text!.Reveal());
        Assert.Equal([made.Token.Id], (await SourceContractTests.Find(renewed, Everything)).Select(one => one.Id));
        Assert.NotEqual(id, made.Token.Id);

        // With two of them nobody knows which one signs in.
        fake.Add(FakeAtlassian.Robin, "another", Now, 30);
        Assert.Contains("give its ID, one of", (await Assert.ThrowsAsync<CliFailure>(() => Rotate(renewed, null))).Message, StringComparison.Ordinal);
        Assert.Equal(new DateOnly(2026, 12, 1), (await Rotate(renewed, made.Token.Id, new DateOnly(2026, 12, 1))).Token.ExpiresAt);
    }

    [Fact]
    public async Task The_eleventh_token_is_refused_in_the_instances_words()
    {
        await using var fake = await FakeAtlassian.Start(hasSearch: false, Now);
        var (_, text) = fake.Add(FakeAtlassian.Robin, "1", Now, 30);
        await using var source = await Open("jira", fake, text);
        for (var i = 2; i <= 10; i++)
            Assert.NotNull((await Create(source, $"{i}")).Text);
        var refused = SourceCatalog.Explain(await Assert.ThrowsAnyAsync<Exception>(() => Create(source, "11")))!;
        Assert.Equal(ExitCode.SomeRefused, refused.Code);
        Assert.Contains("You can't create more than 10 tokens.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_these_tokens_cannot_be_is_refused_before_anything_is_asked_for()
    {
        await using var fake = await FakeAtlassian.Start(hasSearch: false, Now);
        var (_, text) = fake.Add(FakeAtlassian.Robin, "own", Now, 30);
        await using var source = await Open("confluence", fake, text);
        var order = new TokenOrder(FakeAtlassian.Robin, "fresh", [], new DateOnly(2026, 12, 31), null, Force: false);
        foreach (var (wrong, code, told) in ((TokenOrder, ExitCode, string)[])[
            (order with { Scopes = ["api"] }, ExitCode.WrongUsage, "carry no scopes"),
            (order with { User = FakeAtlassian.Admin }, ExitCode.NotAllowed, "belongs to robin, not to admin"),
            (order with { Text = new Secret("a-text-of-our-own-choice") }, ExitCode.WrongUsage, "leave --token-stdin out"),
            (order with { ExpiresOn = Today }, ExitCode.WrongUsage, "not in the future")])
        {
            var refused = await Assert.ThrowsAsync<CliFailure>(() => source.Check(wrong, CancellationToken.None));
            Assert.Equal(code, refused.Code);
            Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        }
        Assert.Contains("`patrol rotate`", source.WhyNot(Ability.ChangeExpiry), StringComparison.Ordinal);
        Assert.Equal(1, (await source.FindText(new Secret(text), CancellationToken.None))?.Id);
        Assert.Null(await source.FindText(new Secret("a-text-that-no-token-has"), CancellationToken.None));
    }

    [Fact]
    public async Task On_the_command_line_it_is_a_system_as_any_other()
    {
        await using var fake = await FakeAtlassian.Start(hasSearch: false, TimeProvider.System.GetUtcNow());
        var (_, text) = fake.Add(FakeAtlassian.Robin, "own", TimeProvider.System.GetUtcNow(), null);
        using var folder = new TemporaryFolder();
        var run = await CliProcess.Run(folder.Path, ["find", "--no-expiry", "--jira", fake.Address], "", $"JIRA_TOKEN={text}");
        Assert.Equal("Expires_at is nil for personal access token ID: 1, User Email: robin@example.com, Name: own, Scopes: [], Last used: \n", run.Good);
        Assert.Contains("does not accept the token", (await CliProcess.Run(folder.Path, ["find", "--no-expiry", "--confluence", fake.Address], "", "CONFLUENCE_TOKEN=dead")).Line(4), StringComparison.Ordinal);
        Assert.Contains("set CONFLUENCE_TOKEN", (await CliProcess.Run(folder.Path, ["find", "--no-expiry", "--confluence", fake.Address])).Line(2), StringComparison.Ordinal);
    }

    private static async Task<NewToken> Create(ISource source, string name)
    {
        using var folder = new TemporaryFolder();
        using var undo = UndoLog.Create(folder["undo"]);
        return await source.Create(
            await source.Check(new TokenOrder(FakeAtlassian.Robin, name, [], Today.AddDays(9), null, Force: false), CancellationToken.None), undo, CancellationToken.None);
    }

    private static async Task<NewToken> Rotate(ISource source, long? id, DateOnly? day = null)
    {
        using var folder = new TemporaryFolder();
        using var undo = UndoLog.Create(folder["undo"]);
        return await source.Rotate(id, day, undo, CancellationToken.None);
    }

    private static async Task<ChangeOutcome> Revoke(ISource source, long id)
    {
        using var folder = new TemporaryFolder();
        using var undo = UndoLog.Create(folder["undo"]);
        var plan = await source.Plan(new TokenChange.Revoke(), Everything with { Ids = [id] }, CancellationToken.None);
        Assert.Equal(1, plan.Tokens);
        return await source.CarryOut(plan, undo, _ => { }, CancellationToken.None);
    }

    private Task<ISource> Open(string product, FakeAtlassian fake, string token) => SourceCatalog.Kinds.Single(kind => kind.Name == product).Open(
        new SourceTarget(fake.Address, AddressIsPublic: true, null, null, Now, name => name == $"{product.ToUpperInvariant()}_TOKEN" ? token : null) { Say = said.Add },
        TestContext.Current.CancellationToken);
}
