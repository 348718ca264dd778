using Patrol.Cli.Failures;
using Patrol.Cli.Sources;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Sources;

/// <summary>What every source promises about changing tokens, as far as the system behind it can.</summary>
public sealed class SourceChangesTests
{
    [Theory, ClassData(typeof(Worlds))]
    public async Task Revoking_touches_what_was_planned_and_nothing_else(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        SkipWithout(source, Ability.Revoke);
        var before = await All(world, source);
        var which = new TokenFilter { Today = world.Today, ExpiresOn = world.Today.AddDays(20), WithoutRevoked = true };
        var plan = await source.Plan(new TokenChange.Revoke(), which, CancellationToken.None);
        Assert.Equal(3, plan.Tokens);
        Assert.Equal(Told(before), Told(await All(world, source)));
        using var folder = new TemporaryFolder();
        using (var undo = UndoLog.Create(folder["undo"]))
        {
            var outcome = await source.CarryOut(plan, undo, _ => { }, CancellationToken.None);
            Assert.Equal((3, null), (outcome.Tokens, outcome.Ended));
            Assert.True(undo.Close());
        }
        Assert.Equal(Told(before.Select(one => one.ExpiresAt == which.ExpiresOn ? one with { Revoked = true } : one)), Told(await All(world, source)));
        Assert.Equal(0, (await source.Plan(new TokenChange.Revoke(), which, CancellationToken.None)).Tokens);
    }

    [Theory]
    [InlineData("gitlab-db 16.0", 45), InlineData("gitlab-db 17.11", 45), InlineData("gitlab-db 18.6", 45), InlineData("server", 45)]
    [InlineData("gitlab-db 18.6", null), InlineData("server", null)]
    public async Task A_moved_date_is_put_back_where_nobody_moved_it_since(string name, int? to)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        var (old, day) = (world.Today.AddDays(10), to is { } days ? world.Today.AddDays(days) : (DateOnly?)null);
        var before = await All(world, source);
        using var folder = new TemporaryFolder();
        await Move(source, new TokenFilter { Today = world.Today, ExpiresOn = old, WithoutRevoked = true }, old, day, folder["undo"], 3);
        Assert.Equal(Told(before.Select(one => one.ExpiresAt == old && !one.Revoked ? one with { ExpiresAt = day } : one)), Told(await All(world, source)));

        // One of them goes elsewhere meanwhile.
        await Move(source, new TokenFilter { Today = world.Today, Ids = [world.Ids["acting"]] }, day, world.Today.AddDays(50), folder["other"], day is null ? null : 1);
        var moved = day is null ? 0 : 1;
        var file = UndoFile.Open(folder["undo"]);
        Assert.Equal(3 - moved, (await source.Undo(file, dryRun: true, _ => { }, CancellationToken.None)).Restored);
        var undone = await source.Undo(file, dryRun: false, _ => { }, CancellationToken.None);
        Assert.Equal((3 - moved, 0, moved, null), (undone.Restored, undone.AlreadyAsBefore, undone.ChangedSinceCount, undone.Ended));
        Assert.Equal(Told(before.Select(one => moved == 1 && one.Name == "acting" ? one with { ExpiresAt = world.Today.AddDays(50) } : one)), Told(await All(world, source)));
        var again = await source.Undo(file, dryRun: false, _ => { }, CancellationToken.None);
        Assert.Equal((0, 3 - moved, moved), (again.Restored, again.AlreadyAsBefore, again.ChangedSinceCount));
    }

    [Theory, ClassData(typeof(Worlds))]
    public async Task A_new_token_is_what_was_asked_for(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        SkipWithout(source, Ability.Create);
        var order = new TokenOrder(SourceWorld.Jane, "fresh", ["read_api", "read_repository"], world.Today.AddDays(33), null, Force: false);
        using var folder = new TemporaryFolder();
        var made = await Create(source, order, folder["undo"]);
        Assert.NotNull(made.Text);
        var found = Assert.Single(await SourceContractTests.Find(source, new TokenFilter { Today = world.Today, Ids = [made.Token.Id] }));
        Assert.Equal(("fresh", SourceWorld.Jane, world.Today.AddDays(33), TokenSort.Personal), (found.Name, found.Owner, found.ExpiresAt, found.Sort));
        Assert.Equal(["read_api", "read_repository"], found.Scopes.Order());
        Assert.Equal(made.Token.Id, (await source.FindText(made.Text, CancellationToken.None))?.Id);

        foreach (var wrong in (TokenOrder[])[order with { User = "nobody-of-that-name" }, order with { Scopes = ["fly"] }, order with { Scopes = [] }, order with { ExpiresOn = world.Today }])
            Assert.Equal(ExitCode.WrongUsage, (await Assert.ThrowsAsync<CliFailure>(() => source.Check(wrong, CancellationToken.None))).Code);

        var given = order with { Name = "given", Text = new Secret("a-text-of-our-own-choice-01") };
        if (name == "gitlab")
        {
            Assert.Contains("--gitlab-db", (await Assert.ThrowsAsync<CliFailure>(() => source.Check(given, CancellationToken.None))).Message, StringComparison.Ordinal);
            return;
        }
        var ours = await Create(source, given, folder["given"]);
        Assert.Null(ours.Text);
        Assert.Equal(ours.Token.Id, (await source.FindText(given.Text, CancellationToken.None))?.Id);
    }

    [Theory, ClassData(typeof(Worlds))]
    public async Task Rotating_leaves_one_token_that_works(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        SkipWithout(source, Ability.Rotate);
        using var folder = new TemporaryFolder();
        foreach (var which in (string[])["own", "deploy"])
        {
            using var undo = UndoLog.Create(folder[which]);
            var made = await source.Rotate(world.Ids[which], world.Today.AddDays(60), undo, CancellationToken.None);
            var all = await All(world, source);
            Assert.True(all.Single(one => one.Id == world.Ids[which]).Revoked);
            var successor = all.Single(one => one.Id == made.Token.Id);
            var old = all.Single(one => one.Id == world.Ids[which]);
            Assert.Equal(Told([old with { Id = successor.Id, Revoked = false, ExpiresAt = world.Today.AddDays(60) }]), Told([successor]));
            Assert.Equal(successor.Id, (await source.FindText(made.Text!, CancellationToken.None))?.Id);
        }
        using var refused = UndoLog.Create(folder["refused"]);
        await Assert.ThrowsAnyAsync<Exception>(() => source.Rotate(world.Ids["revoked"], null, refused, CancellationToken.None));
        Assert.False(refused.Close());
    }

    [Theory, ClassData(typeof(Worlds))]
    public async Task A_token_that_signs_in_rotates_itself(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        SkipWithout(source, Ability.RotateSelf);
        using var folder = new TemporaryFolder();
        using var undo = UndoLog.Create(folder["undo"]);
        var made = await source.Rotate(null, world.Today.AddDays(3), undo, CancellationToken.None);
        Assert.Equal(("root", world.Today.AddDays(3)), (made.Token.Owner, made.Token.ExpiresAt));
        // The old one is dead.
        var refused = await Assert.ThrowsAnyAsync<Exception>(async () => await SourceContractTests.Find(await world.Open(), new TokenFilter { Today = world.Today }));
        Assert.Equal(ExitCode.NotAllowed, SourceCatalog.Explain(refused)?.Code);
    }

    [Theory, ClassData(typeof(Worlds))]
    public async Task A_made_token_is_taken_back_by_revoking_it(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        SkipWithout(source, Ability.Create);
        var before = await All(world, source);
        using var folder = new TemporaryFolder();
        var made = await Create(source, new TokenOrder(SourceWorld.Jane, "fresh", ["read_api"], world.Today.AddDays(33), null, Force: false), folder["undo"]);
        var file = UndoFile.Open(folder["undo"]);
        Assert.Equal(1, (await source.Undo(file, dryRun: true, _ => { }, CancellationToken.None)).Revoked);
        Assert.Equal((1, null), (await source.Undo(file, dryRun: false, _ => { }, CancellationToken.None)) is var undone ? (undone.Revoked, undone.Ended) : default);
        Assert.Equal(Told([.. before, made.Token with { Revoked = true }]), Told(await All(world, source)));
        Assert.Equal((0, 1), (await source.Undo(file, dryRun: false, _ => { }, CancellationToken.None)) is var again ? (again.Revoked, again.AlreadyAsBefore) : default);
    }

    [Theory, ClassData(typeof(Worlds))]
    public async Task A_rotation_is_taken_back_where_the_old_token_is_not_dead_for_good(string name)
    {
        await using var world = await SourceWorld.New(name);
        await using var source = await world.Open();
        SkipWithout(source, Ability.Rotate);
        var before = await All(world, source);
        using var folder = new TemporaryFolder();
        using (var undo = UndoLog.Create(folder["undo"]))
            await source.Rotate(world.Ids["own"], world.Today.AddDays(60), undo, CancellationToken.None);
        var file = UndoFile.Open(folder["undo"]);
        if (source.WhyNot(Ability.UndoRotation) is { } why)
        {
            Assert.Equal(why, (await Assert.ThrowsAsync<CliFailure>(() => source.Undo(file, dryRun: false, _ => { }, CancellationToken.None))).Message);
            return;
        }
        var undone = await source.Undo(file, dryRun: false, _ => { }, CancellationToken.None);
        Assert.Equal((1, 1, null), (undone.Restored, undone.Revoked, undone.Ended));
        var after = await All(world, source);
        Assert.Equal(Told(before), Told(after.Where(one => before.Exists(old => old.Id == one.Id))));
        Assert.All(after.Where(one => !before.Exists(old => old.Id == one.Id)), one => Assert.True(one.Revoked));
    }

    internal static void SkipWithout(ISource source, Ability ability) => Assert.SkipWhen(source.WhyNot(ability) is not null, $"{source.Name} cannot: {ability}");

    private static async Task Move(ISource source, TokenFilter which, DateOnly? old, DateOnly? day, string undoFile, int? expected)
    {
        if (old is null || expected is null)
            return;
        var plan = await source.Plan(new TokenChange.MoveExpiry(old.Value, day), which, CancellationToken.None);
        using var undo = UndoLog.Create(undoFile);
        var outcome = await source.CarryOut(plan, undo, _ => { }, CancellationToken.None);
        Assert.Equal((expected.Value, null), ((int)outcome.Tokens, outcome.Ended));
        undo.Close();
    }

    private static async Task<NewToken> Create(ISource source, TokenOrder order, string undoFile)
    {
        using var undo = UndoLog.Create(undoFile);
        return await source.Create(await source.Check(order, CancellationToken.None), undo, CancellationToken.None);
    }

    private static async Task<List<FoundToken>> All(SourceWorld world, ISource source)
    {
        var all = await SourceContractTests.Find(source, new TokenFilter { Today = world.Today });
        return all.FindAll(one => one.Owner != "root");
    }

    private static IEnumerable<string> Told(IEnumerable<FoundToken> tokens) =>
        tokens.Select(one => $"{one.Id} {one.Sort} {one.Name} {one.Owner} {string.Join(',', one.Scopes.Order())} {one.Revoked} {one.ExpiresAt:yyyy-MM-dd}");
}
