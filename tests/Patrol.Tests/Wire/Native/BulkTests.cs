using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Native;

/// <summary>Changes of many tokens at once.</summary>
public sealed class BulkTests
{
    private const string Root = "/api/patrol/v1";

    [Theory]
    [InlineData("1d")]
    [InlineData("1mo")]
    public async Task No_token_is_put_after_the_last_of_all_days(string by)
    {
        await using var app = await PatrolApp.Start();
        var user = await app.AddUser();
        await app.Give($"the-last-of-all-days-{by}", userId: user, expiresAt: new DateTimeOffset(9999, 12, 31, 0, 0, 0, TimeSpan.Zero));
        foreach (var dry_run in (bool[])[true, false])
        {
            var (status, problem) = await app.Client().Post($"{Root}/tokens/bulk", new { action = "extend", by, filter = new { owner = user.ToString() }, dry_run });
            Assert.Equal((400, "by would put the end of some tokens after the year 9999"), (status, problem.GetProperty("detail").GetString()));
        }
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Bulk_changes_do_what_they_say_to_what_the_filters_select(Engine engine)
    {
        await using var own = await PatrolApp.Start(engine);
        var client = own.Client();
        var day = new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < 6; i++)
            await own.Give($"bulk-token-number-00000{i}", i % 2 == 0 ? "read_api" : "read_user", expiresAt: i < 4 ? day : day.AddDays(1));
        await own.Give("bulk-token-revoked-00001", expiresAt: day, revoked: true);
        await own.Give("bulk-token-impersonating", expiresAt: day, kind: Patrol.Core.Tokens.TokenKind.Impersonation);
        await own.Give("bulk-token-eternal-00001");
        var alone = (await own.Give("bulk-token-on-its-own-01", expiresAt: day.AddDays(90))).Id;

        async Task<(long Matched, long Changed)> Bulk(object request)
        {
            var (status, body) = await client.Post($"{Root}/tokens/bulk", request);
            Assert.True(status == 200, body.ToString());
            return (body.GetProperty("matched").GetInt64(), body.GetProperty("changed").GetInt64());
        }
        async Task<Dictionary<string, long>> Histogram() => (await client.Get($"{Root}/tokens/expiry-histogram")).Body.EnumerateArray()
            .ToDictionary(entry => entry.GetProperty("expires_at").GetString()!, entry => entry.GetProperty("count").GetInt64());

        Assert.Equal(6, (await Histogram())["2027-01-31"]);
        Assert.Equal((4, 0), await Bulk(new { action = "extend", by = "1mo", filter = new { expires_on = "2027-01-31" }, dry_run = true }));
        Assert.Equal((4, 4), await Bulk(new { action = "extend", by = "1mo", filter = new { expires_on = "2027-01-31" } }));
        var after = await Histogram();
        Assert.Equal(4, after["2027-02-28"]);
        Assert.Equal(2, after["2027-01-31"]);
        Assert.Equal((2, 2), await Bulk(new { action = "extend", to = "2027-02-28", filter = new { expires_on = "2027-02-01" } }));
        Assert.Equal((3, 3), await Bulk(new { action = "remove_expiry", filter = new { expires_on = "2027-02-28", scope = "read_user" } }));
        Assert.Equal(3, (await Histogram())["2027-02-28"]);
        Assert.Equal((3, 3), await Bulk(new { action = "revoke", filter = new { expires_on = "2027-02-28" } }));
        Assert.Equal((1, 1), await Bulk(new { action = "revoke", filter = new { ids = (long[])[alone] } }));
        Assert.Equal(401, (await own.Client("bulk-token-number-000000").Get("user")).Status);
        Assert.Equal(200, (await own.Client("bulk-token-number-000001").Get("user")).Status);

        var audit = (await client.Get($"{Root}/audit")).Body.GetProperty("items").EnumerateArray().Where(row => row.GetProperty("action").GetString()!.StartsWith("token.bulk.", StringComparison.Ordinal)).ToList();
        Assert.Equal(["token.bulk.revoke", "token.bulk.revoke", "token.bulk.remove_expiry", "token.bulk.extend", "token.bulk.extend"], audit.Select(row => row.GetProperty("action").GetString()));
        // Of one token alone the row is found from the token, too.
        Assert.Equal([alone, null, null, null, null], audit.Select(row => row.GetProperty("target_id").ValueKind == JsonValueKind.Null ? (long?)null : row.GetProperty("target_id").GetInt64()));
        Assert.All(audit, row => Assert.Equal("root", row.GetProperty("actor").GetString()));
    }

    [Fact]
    public async Task What_was_moved_from_one_day_to_another_is_moved_back_and_nothing_else_is()
    {
        await using var own = await PatrolApp.Start();
        var client = own.Client();
        var day = new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero);
        var one = await own.Give("moved-token-number-00001", expiresAt: day);
        var revoked = await own.Give("moved-token-revoked-0001", expiresAt: day, revoked: true);
        var other = await own.Give("moved-token-of-others-01", expiresAt: day);
        var eternal = await own.Give("moved-token-eternal-0001");

        async Task<string> Bulk(object request)
        {
            var (status, body) = await client.Post($"{Root}/tokens/bulk", request);
            return status == 200 ? $"{body.GetProperty("matched")} {body.GetProperty("changed")}" : $"{status} {body.GetProperty("detail").GetString()}";
        }
        async Task<string> Days() => string.Join(' ', (await client.Get($"{Root}/tokens?id={one.Id}&id={revoked.Id}&id={other.Id}&id={eternal.Id}")).Body
            .GetProperty("items").EnumerateArray().Select(token => token.GetProperty("expires_at").GetString() ?? "never"));
        long[] ids = [one.Id, revoked.Id, eternal.Id];
        Assert.Equal("2 0", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2027-02-28", filter = new { ids }, dry_run = true }));
        Assert.Equal("2 2", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2027-02-28", filter = new { ids } }));
        Assert.Equal("2027-02-28 2027-02-28 2027-01-31 never", await Days());
        Assert.Equal("0 0", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2027-02-28", filter = new { ids } }));
        Assert.Equal("2 2", await Bulk(new { action = "move_expiry", from = "2027-02-28", to = (string?)null, filter = new { ids } }));
        Assert.Equal("never never 2027-01-31 never", await Days());
        Assert.Equal("2 2", await Bulk(new { action = "move_expiry", from = (string?)null, to = "2027-01-31", filter = new { ids = (long[])[one.Id, revoked.Id] } }));
        Assert.Equal("2027-01-31 2027-01-31 2027-01-31 never", await Days());
        Assert.Equal("0 0", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2027-02-28", filter = new { ids = Array.Empty<long>() } }));
        Assert.StartsWith("400 to is not in the future", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2026-11-22", filter = new { ids } }), StringComparison.Ordinal);
        Assert.StartsWith("400 from and to, two different days", await Bulk(new { action = "move_expiry", from = "2027-01-31", to = "2027-01-31", filter = new { ids } }), StringComparison.Ordinal);
        Assert.StartsWith("400 from belongs to move_expiry", await Bulk(new { action = "revoke", from = "2027-01-31", filter = new { ids } }), StringComparison.Ordinal);
    }
}
