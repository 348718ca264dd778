using Patrol.Tests.Kit;

namespace Patrol.Tests.Notices;

/// <summary>What a new maximum lifetime does to tokens that are there.</summary>
public sealed class OverlongTests
{
    [Theory, ClassData(typeof(Engines))]
    public async Task What_lasts_longer_than_a_new_maximum_is_revoked_three_hours_later_and_its_owner_is_told(Engine engine)
    {
        await using var app = await PatrolApp.Start(engine);
        var user = await app.AddUser("long");
        var longer = await app.AddEndingToken(user, "longer", "2027-03-01T00:00Z");
        await app.AddEndingToken(user, "short", "2026-12-20T00:00Z");
        Assert.Equal(200, (await app.Client().Put("application/settings", new { max_personal_access_token_lifetime = 60 })).Status);
        await app.PassTo("2026-11-22T14:59Z");
        Assert.Equal(0, await app.Count("SELECT count(*) FROM tokens WHERE revoked_at IS NOT NULL"));
        await app.PassTo("2026-11-22T15:05Z");
        Assert.Equal([longer.Id], await app.Rows<long>($"SELECT id FROM tokens WHERE revoked_at IS NOT NULL AND user_id = {user}"));
        Assert.Equal(["Your personal access token has been revoked"], app.TakeSubjects("long"));
    }
}
