using Npgsql;

namespace Patrol.Tests.Kit.GitLab;

/// <summary>What tests on GitLab's databases rely on.</summary>
public sealed class GitLabDatabaseTests
{
    [Theory, ClassData(typeof(Generations))]
    public async Task A_generation_has_its_columns_and_no_later_ones(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        var columns = await database.Column("SELECT column_name FROM information_schema.columns WHERE table_name = 'personal_access_tokens'");
        Assert.Contains("previous_personal_access_token_id", columns);
        Assert.Equal(generation >= Generation.V17_11, columns.Contains("seven_days_notification_sent_at"));
        Assert.Equal(generation >= Generation.V18_6, columns.Contains("user_type"));
        Assert.Equal(generation >= Generation.V17_11, (await database.Column("SELECT to_regclass('personal_access_token_last_used_ips')")).Single() is not null);
    }

    [Theory, ClassData(typeof(Generations))]
    public async Task The_rows_are_as_awkward_as_they_are_named(Generation generation)
    {
        var database = await GitLabDatabase.New(generation, new DateOnly(2027, 2, 28));
        Assert.Equal([null], await database.Column($"SELECT revoked FROM personal_access_tokens WHERE id = {Rows.RevokedIsNull}"));
        Assert.Equal(["---\n- :api\n- :read_user\n"], await database.Column($"SELECT scopes FROM personal_access_tokens WHERE id = {Rows.ScopesAreSymbols}"));
        Assert.Equal(["2027-02-28"], await database.Column($"SELECT expires_at FROM personal_access_tokens WHERE id = {Rows.EndsToday}"));
        Assert.Equal(["1100"], await database.Column($"SELECT count(*) FROM personal_access_tokens WHERE expires_at = '{database.Day(Rows.BulkEndsIn)}'"));
        Assert.Equal(["11"], await database.Column($"SELECT count(*) FROM personal_access_tokens WHERE id >= {Rows.BulkFirst} AND revoked IS NULL"));
        Assert.Equal(["14"], await database.Column($"SELECT count(*) FROM personal_access_tokens WHERE id >= {Rows.BulkFirst} AND impersonation"));
        Assert.Equal(["11"], await database.Column($"SELECT count(*) FROM personal_access_tokens WHERE expires_at = '{database.Day(Rows.NastyEndIn)}'"));
        Assert.Equal(["6"], await database.Column(
            $"WITH RECURSIVE chain AS (SELECT {Rows.ChainFirst}::bigint AS id UNION SELECT next.id FROM personal_access_tokens next JOIN chain ON next.previous_personal_access_token_id = chain.id) SELECT count(*) FROM chain"));
        Assert.Equal([database.Day(Rows.MostEndIn)], await database.Column(
            $"SELECT m.expires_at FROM members m JOIN personal_access_tokens pat USING (user_id) WHERE pat.id = {Rows.BotWhoseMembershipEndsWithIt}"));
        Assert.Equal(["0"], await database.Column(
            $"SELECT count(*) FROM members m JOIN personal_access_tokens pat USING (user_id) WHERE pat.id IN ({Rows.BotOfSubgroupWithoutMembership}, {Rows.BotOfProjectWithoutMembership}, {Rows.BotWithoutTrace})"));
    }

    [Fact]
    public async Task A_digest_is_GitLabs_of_the_text_and_the_salt()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var expected = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(
            System.Text.Encoding.UTF8.GetBytes(Rows.TextOf(Rows.OfAnotherOrganization) + Rows.DbKeyBase[..32])));
        Assert.Equal([expected], await database.Column($"SELECT token_digest FROM personal_access_tokens WHERE id = {Rows.OfAnotherOrganization}"));
    }

    [Fact]
    public async Task A_change_stays_in_its_own_database()
    {
        var one = await GitLabDatabase.New(Generation.V18_6);
        var other = await GitLabDatabase.New(Generation.V18_6);
        var before = await other.DumpAll();
        await one.Execute("UPDATE personal_access_tokens SET expires_at = NULL; DELETE FROM members");
        Assert.Equal(before, await other.DumpAll());
        Assert.NotEqual(before, await one.DumpAll());
    }

    [Fact]
    public async Task Each_role_may_what_it_is_named_for()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        Assert.Null(await Refusal(database.Reader, "SELECT count(*) FROM personal_access_tokens"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await Refusal(database.Reader, "UPDATE personal_access_tokens SET name = ''"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await Refusal(database.Stranger, "SELECT count(*) FROM personal_access_tokens"));
        Assert.Null(await Refusal($"{database.NeedsPassword};Password=\"{GitLabDatabase.Password}\"", "UPDATE personal_access_tokens SET name = name"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, await Refusal($"{database.NeedsPassword};Password=wrong", "SELECT 1"));
    }

    private static async Task<string?> Refusal(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        try
        {
            await command.ExecuteNonQueryAsync();
            return null;
        }
        catch (PostgresException refused)
        {
            return refused.SqlState;
        }
    }
}
