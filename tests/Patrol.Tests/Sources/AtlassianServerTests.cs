using Patrol.Cli.Sources;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Sources;

/// <summary>Jira's and Confluence's sources on a Patrol server, which speaks their API.</summary>
public sealed class AtlassianServerTests
{
    [Theory]
    [InlineData("jira", "jira"), InlineData("confluence", "confluence"), InlineData("jira", ""), InlineData("confluence", "")]
    public async Task What_they_do_on_real_instances_they_do_here(string product, string path)
    {
        await using var app = await PatrolApp.Start();
        await app.AddPerson("mia", "mias own password");
        var (own, text) = await app.Basic("mia", "mias own password").NewPat("deploy", 10);
        var (roots, rootText) = await app.Basic().NewPat("backup");
        var everything = new TokenFilter { Today = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime) };

        await using var mias = await Open(app, product, path, text);
        Assert.Equal([$"{own} deploy mia 2026-12-02"], (await SourceContractTests.Find(mias, everything)).Select(Told));
        using var folder = new TemporaryFolder();
        using var creation = UndoLog.Create(folder["create"]);
        var made = await mias.Create(await mias.Check(new TokenOrder("mia", "fresh", [], new DateOnly(2026, 12, 31), null, Force: false), CancellationToken.None), creation, CancellationToken.None);
        Assert.Equal((new DateOnly(2026, 12, 31), "fresh"), (made.Token.ExpiresAt, made.Token.Name));
        using var rotation = UndoLog.Create(folder["rotate"]);
        var rotated = await mias.Rotate(made.Token.Id, null, rotation, CancellationToken.None);
        Assert.Equal([$"{own} deploy mia 2026-12-02", $"{rotated.Token.Id} fresh mia 2026-12-31"], (await SourceContractTests.Find(mias, everything)).Select(Told));
        Assert.Equal(401, (await app.Bearer(made.Text!.Reveal()).Get("api/2/myself")).Status);
        Assert.Equal(200, (await app.Bearer(rotated.Text!.Reveal()).Get("api/2/myself")).Status);

        // An administrator sees all and revokes others'.
        await using var administrators = await Open(app, product, path, rootText);
        Assert.Equal(
            [$"{own} deploy mia 2026-12-02", $"{roots} backup root ", $"{rotated.Token.Id} fresh mia 2026-12-31"],
            (await SourceContractTests.Find(administrators, everything)).Select(Told));
        using var undo = UndoLog.Create(folder["undo"]);
        var plan = await administrators.Plan(new TokenChange.Revoke(), everything with { Owner = "mia" }, CancellationToken.None);
        Assert.Equal((2, 2, null), await administrators.CarryOut(plan, undo, _ => { }, CancellationToken.None) is var done ? (plan.Tokens, done.Tokens, done.Ended) : default);
        Assert.Equal([$"{roots} backup root "], (await SourceContractTests.Find(administrators, everything)).Select(Told));
    }

    private static string Told(FoundToken token) => $"{token.Id} {token.Name} {token.Owner} {token.ExpiresAt:yyyy-MM-dd}";

    private static Task<ISource> Open(PatrolApp app, string product, string path, string token) => SourceCatalog.Kinds.Single(kind => kind.Name == product).Open(
        new SourceTarget(new Uri(app.Address, path).ToString(), AddressIsPublic: true, null, null, app.Clock.GetUtcNow(), _ => token),
        TestContext.Current.CancellationToken);
}
