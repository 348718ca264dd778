using System.Text.Json;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.GitLab;

/// <summary>GET /personal_access_tokens: whose tokens, which, in which order.</summary>
public sealed class TokenListTests(TokenListTests.Filled filled) : IClassFixture<TokenListTests.Filled>
{
    private PatrolApp App => filled.App;

    [Theory]
    [InlineData("", "alpha beta gamma delta")]
    [InlineData("revoked=true", "gamma")]
    [InlineData("revoked=false", "alpha beta delta")]
    [InlineData("revoked=", "alpha beta gamma delta")]
    [InlineData("state=active", "alpha delta")]
    [InlineData("state=inactive", "beta gamma")]
    [InlineData("state=active&revoked=true", "")]
    [InlineData("created_before=2026-11-11T00:00:00Z", "alpha beta")]
    [InlineData("created_before=2026-11-10T23:59:59.999Z", "alpha")]
    [InlineData("created_after=2026-11-11T00:00:00Z", "beta gamma delta")]
    [InlineData("created_after=2026-11-11T02:00:00%2B02:00", "beta gamma delta")]
    [InlineData("created_after=2026-11-12", "gamma delta")]
    [InlineData("created_after=20261112", "gamma delta")]
    [InlineData("created_after=2026-11-12T09:00:00+09:00", "gamma delta")]
    [InlineData("expires_before=2026-W48-1", "beta")]
    [InlineData("last_used_before=2026-11-20T10:00:00Z", "alpha")]
    [InlineData("last_used_after=2026-11-20T10:00:00Z", "alpha gamma")]
    [InlineData("last_used_after=2026-11-20T10:00:01Z", "gamma")]
    [InlineData("expires_before=2026-11-22", "")]
    [InlineData("expires_before=2026-11-23", "beta")]
    [InlineData("expires_before=2026-11-23T12:30:24", "beta")]
    [InlineData("expires_after=2026-11-22", "alpha beta gamma")]
    [InlineData("expires_after=2026-11-23", "alpha gamma")]
    [InlineData("expires_after=2026-11-23&expires_before=2026-12-31", "alpha")]
    [InlineData("search=", "alpha beta gamma delta")]
    [InlineData("search=LPH", "alpha")]
    [InlineData("search=ta%20tok", "beta delta")]
    [InlineData("search=tok%20ta", "beta delta")]
    [InlineData("search=100%25", "")]
    [InlineData("sort=created_asc", "alpha beta gamma delta")]
    [InlineData("sort=created_desc", "delta gamma beta alpha")]
    [InlineData("sort=created_at_desc", "delta gamma beta alpha")]
    [InlineData("sort=created_date", "delta gamma beta alpha")]
    [InlineData("sort=expires_at_desc", "alpha beta gamma delta")]
    [InlineData("unknown[x]=1", "alpha beta gamma delta")]
    [InlineData("sort=expires_asc", "beta alpha gamma delta")]
    [InlineData("sort=expires_desc", "gamma alpha beta delta")]
    [InlineData("sort=last_used_asc", "alpha gamma beta delta")]
    [InlineData("sort=last_used_desc", "gamma alpha delta beta")]
    [InlineData("sort=name_asc", "alpha beta delta gamma")]
    [InlineData("sort=name_desc", "gamma delta beta alpha")]
    [InlineData("sort=id_desc", "delta gamma beta alpha")]
    [InlineData("sort=id_asc", "alpha beta gamma delta")]
    [InlineData("sort=nonsense", "alpha beta gamma delta")]
    [InlineData("sort=nonsense_desc", "alpha beta gamma delta")]
    [InlineData("order_by=anything", "alpha beta gamma delta")]
    public async Task A_filter_or_order_gives_these(string query, string expected) =>
        Assert.Equal(expected, Names(await App.Client().Get($"personal_access_tokens?user_id={filled.Owner}&{query}")));

    [Theory]
    [InlineData("revoked=asdf", "revoked is invalid")]
    [InlineData("state=asdf", "state does not have a valid value")]
    [InlineData("created_before=asdf", "created_before is invalid")]
    [InlineData("created_after=asdf", "created_after is invalid")]
    [InlineData("last_used_before=asdf", "last_used_before is invalid")]
    [InlineData("last_used_after=asdf", "last_used_after is invalid")]
    [InlineData("created_after=11/12/2026", "created_after is invalid")]
    [InlineData("created_after=12:00", "created_after is invalid")]
    [InlineData("expires_before=asdf", "expires_before is invalid")]
    [InlineData("expires_after=2026-13-01", "expires_after is invalid")]
    [InlineData("user_id=asdf", "user_id is invalid")]
    [InlineData("search[]=a", "search is invalid")]
    [InlineData("search[a]=b", "search is invalid")]
    [InlineData("user_id[a]=1", "user_id is invalid")]
    [InlineData("revoked[x]=true&expires_before[y][]=2026-11-23", "revoked is invalid, expires_before is invalid")]
    [InlineData("state=", "state does not have a valid value")]
    [InlineData("search=%ff", "parameters are not valid UTF-8")]
    [InlineData("search=%c3%28", "parameters are not valid UTF-8")]
    [InlineData("revoked=asdf&state=asdf", "revoked is invalid, state does not have a valid value")]
    public async Task A_bad_value_is_told_by_name(string query, string expected) =>
        Assert.Equal($$"""400 {"error":"{{expected}}"}""", (await App.Client().Ask($"personal_access_tokens?{query}")).ToString());

    [Theory]
    [InlineData("user_id=1&state=asdf")]
    [InlineData("user_id=asdf")]
    public async Task Others_may_not_name_somebody_else_however_they_write_it(string query) =>
        Assert.Equal("""401 {"message":"401 Unauthorized"}""", (await (await App.As(await App.AddUser())).Ask($"personal_access_tokens?{query}")).ToString());

    [Fact]
    public async Task Administrators_see_everybodys_tokens_of_all_kinds()
    {
        var names = (await App.Client().Get("personal_access_tokens?per_page=100")).Each("name");
        Assert.Equal(["alpha token", "of the project", "root token"], names.Intersect(["alpha token", "of the project", "root token"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Others_see_their_own_without_those_to_act_as_them()
    {
        var user = await App.AddUser();
        var token = await App.AddToken(user);
        await App.Give($"acting-as-{user}-000000000", userId: user, kind: TokenKind.Impersonation);
        var (status, list) = await App.Client(token).Get("personal_access_tokens");
        Assert.Equal((200, 1), (status, list.GetArrayLength()));
        Assert.Equal(1, (await App.Client(token).Get($"personal_access_tokens?user_id={user}")).Body.GetArrayLength());
        Assert.Equal(2, (await App.Client().Get($"personal_access_tokens?user_id={user}")).Body.GetArrayLength());
        Assert.Equal("""401 {"message":"401 Unauthorized"}""", (await App.Client(token).Get("personal_access_tokens?user_id=1")).Message());
        Assert.Equal("""401 {"message":"401 Unauthorized"}""", (await App.Client(token).Get("personal_access_tokens?user_id=999999")).Message());
    }

    [Theory]
    [InlineData("999999")]
    [InlineData("")]
    public async Task An_unknown_or_blank_user_is_not_found_for_administrators(string user) =>
        Assert.Equal("""404 {"message":"404 Not Found"}""", (await App.Client().Get($"personal_access_tokens?user_id={user}")).Message());

    [Fact]
    public async Task A_token_has_GitLab_19s_fields_and_no_text()
    {
        var (_, list) = await App.Client().Get($"personal_access_tokens?user_id={filled.Owner}&search=beta");
        Assert.Equal(
            ["active", "created_at", "description", "expired", "expires_at", "granular", "id", "last_used_at", "last_used_ips", "name", "revoked", "scopes", "user_id"],
            list[0].Keys());
        Assert.Equal("2026-11-22", list[0].Text("expires_at"));
        Assert.Equal("2026-11-11T00:00:00.000Z", list[0].Text("created_at"));
        Assert.Equal(JsonValueKind.Null, list[0].GetProperty("last_used_at").ValueKind);
        Assert.Equal((false, false, true), (Flag("active"), Flag("revoked"), Flag("expired")));

        bool Flag(string name) => list[0].GetProperty(name).GetBoolean();
    }

    private static string Names((int Status, JsonElement Body) list)
    {
        Assert.Equal(200, list.Status);
        return string.Join(' ', list.Each("name").Select(name => name.Replace(" token", "", StringComparison.Ordinal)));
    }

    /// <summary>A server with somebody's four tokens: lasting, expiring today, revoked, and without an end.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        public PatrolApp App { get; private set; } = null!;

        public long Owner { get; private set; }

        public async ValueTask InitializeAsync()
        {
            App = await PatrolApp.Start();
            Owner = await App.AddUser();
            await Add("alpha", "2026-11-10T00:00:00Z", "2026-12-01", used: "2026-11-20T10:00:00Z");
            await Add("beta", "2026-11-11T00:00:00Z", "2026-11-22");
            await Add("gamma", "2026-11-12T00:00:00Z", "2027-01-01", used: "2026-11-21T10:00:00Z", revoked: true);
            await Add("delta", "2026-11-13T00:00:00Z", null);
            var project = await App.AddProject();
            await App.Client().Post($"projects/{project}/access_tokens", new { name = "of the project", scopes = (string[])["api"] });
        }

        public ValueTask DisposeAsync() => App.DisposeAsync();

        private async Task Add(string name, string created, string? expires, string? used = null, bool revoked = false)
        {
            var token = await App.Give($"list-given-{name}-0000000", userId: Owner, revoked: revoked);
            await App.Store().Write(async scope =>
            {
                await scope.Execute(
                    "UPDATE tokens SET name = @name, created_at = @created, updated_at = @created, expires_at = @expires, last_used_at = @used WHERE id = @Id",
                    new { name = $"{name} token", created = At(created), expires = At(expires), used = At(used), token.Id });
                scope.Changes.Tokens.Add(token.Id);
            });
        }

        private static long? At(string? text) =>
            text is null ? null : DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds();
    }
}
