using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Patrol.Cli.Failures;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>Makes tokens, and finds them by their texts, with the key that GitLab's digests are salted with.</summary>
internal sealed class Issuing(NpgsqlConnection connection, Schema schema, SourceTarget target)
{
    private const int ShortestText = 20;

    private GitLabSecrets? secrets;

    private GitLabSecrets Secrets => secrets ??= GitLabSecrets.Read(target.SecretsFile!);

    public async Task<CheckedOrder> Check(TokenOrder order, CancellationToken cancellation)
    {
        // Read early: whoever is asked "Create it?" should not learn afterwards that it cannot be.
        _ = Secrets;
        var owner = await Owner.Find(connection, schema, order.User, cancellation) ?? throw CliFailure.Usage($"--user: there is no user '{order.User}'.");
        if (order.Scopes.Count == 0)
            throw CliFailure.Usage("--scope: a token needs one at least, such as read_api.");
        foreach (var name in order.Scopes)
        {
            if (ScopeCatalog.Find(name) is not { } scope)
                throw CliFailure.Usage($"--scope: there is no scope '{name}'. There are: {string.Join(", ", ScopeCatalog.All.Select(known => known.Name))}.");
            if (!ScopeCatalog.MayHold(scope, owner.IsAdministrator, owner.IsBot))
                throw CliFailure.Usage($"--scope: {owner.Username} may not hold '{name}': {(owner.IsBot ? "bots of projects and groups may not" : "only administrators may")}.");
        }
        if (order.Text?.Reveal().Length < ShortestText)
            throw CliFailure.Usage($"--token-stdin: the text is shorter than {ShortestText} characters, which could be guessed.");
        var policy = (await Instance.Read(connection, schema, cancellation)).Lifetimes;
        var day = order.ExpiresOn ?? policy.Latest(target.Today);
        if (day <= target.Today && !order.Force)
            throw CliFailure.Usage($"--expires: {day:yyyy-MM-dd} is not in the future. Add --force if that is meant.");
        var checkedPolicy = order.Force ? policy with { ExpiryRequired = false } : policy;
        var draft = ScopeSet.Parse(order.Scopes).Succeeded(out var scopes, out var refusal)
            ? TokenDraft.Check(order.Name, null, scopes, day, checkedPolicy, target.Today, owner.IsAdministrator, owner.IsBot)
            : refusal;
        return draft.Succeeded(out var good, out refusal)
            ? new CheckedOrder(owner.Id, owner.Username.Length > 0 ? owner.Username : order.User, owner.State, good, order.Text)
            {
                Obstacle = owner.IsBot ? await TokenReading.ObstacleOfNew(connection, owner, good.ExpiresOn, target.Today, cancellation) : null,
            }
            : throw Explain(refusal);
    }

    public async Task<NewToken> Create(CheckedOrder order, UndoLog undo, CancellationToken cancellation)
    {
        var owner = (await Owner.WithId(connection, schema, order.UserId, cancellation))!;
        var text = order.Text ?? (await Instance.Read(connection, schema, cancellation)).NewText(schema, owner.Organization, owner.Id);
        var columns = new InsertedToken(schema);
        var id = await NextId(cancellation);
        await Write("created", undo, () =>
        {
            var insert = new NpgsqlBatchCommand($"INSERT INTO {Schema.Tokens} (id, {columns.Names}) SELECT {id}, {columns.OfUser} FROM users u WHERE u.id = $1");
            InsertedToken.AddTo(insert.Parameters, owner.Id, Secrets.Digest(text), order.Draft.ExpiresOn, target.Now);
            insert.Parameters.Add(new() { Value = order.Draft.Name, NpgsqlDbType = NpgsqlDbType.Text });
            insert.Parameters.Add(new() { Value = ScopeText.Write(order.Draft.Scopes.Names), NpgsqlDbType = NpgsqlDbType.Text });
            insert.Parameters.Add(new() { Value = owner.Organization, NpgsqlDbType = NpgsqlDbType.Bigint });
            return Task.FromResult<(OverwrittenBatch, List<NpgsqlBatchCommand>, List<long>)>((new OverwrittenBatch([], []) { Made = [id] }, [insert], [1]));
        });
        return new NewToken(await Found(id, cancellation), order.Text is null ? text : null);
    }

    /// <summary>As GitLab's own rotation: the old one is revoked, the new one follows it, and a bot's memberships no longer end.</summary>
    public async Task<NewToken> Rotate(long id, DateOnly? expiresOn, UndoLog undo, CancellationToken cancellation)
    {
        var instance = await Instance.Read(connection, schema, cancellation);
        if (expiresOn is not null && !instance.Lifetimes.Check(expiresOn, target.Today).Succeeded(out _, out var refusal))
            throw Explain(refusal);
        var day = expiresOn ?? instance.Lifetimes.DefaultForRotation(target.Today);
        var owner = await Owner.OfToken(connection, schema, id, cancellation) ?? throw new CliFailure(ExitCode.SomeRefused, $"There is no token with ID {id}.");
        var text = instance.NewText(schema, owner.Organization, owner.Id);
        var columns = new InsertedToken(schema);
        var sql = new OverwriteSql(Revoking);
        var successor = await NextId(cancellation);
        var lifted = 0;
        await Write("rotated", undo, async () =>
        {
            var batch = await ReadOld(id, owner, columns, sql, cancellation) with { Made = [successor] };
            lifted = batch.Memberships.Count;
            var insert = new NpgsqlBatchCommand(
                $"INSERT INTO {Schema.Tokens} (id, {columns.NamesOfSuccessor}) SELECT {successor}, {columns.OfPredecessor} FROM {Schema.Tokens} old JOIN users u ON u.id = old.user_id WHERE old.id = $1");
            InsertedToken.AddTo(insert.Parameters, id, Secrets.Digest(text), day, target.Now);
            return (
                batch,
                [sql.Overwrite(batch, new FilterSql(schema, new TokenFilter { Ids = [id], Today = target.Today })), insert, OverwriteSql.Memberships(batch.Memberships, undo: false)],
                [1, 1, batch.Memberships.Count]);
        });
        return new NewToken(await Found(successor, cancellation), text) { Memberships = lifted };
    }

    public async Task<long> EndingMemberships(long id, CancellationToken cancellation) =>
        await Owner.OfToken(connection, schema, id, cancellation) is { IsBot: true } owner ? (await EndingMembershipsOf(owner, cancellation)).Count : 0;

    public async Task<FoundToken?> FindText(Secret text, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"SELECT id::bigint FROM {Schema.Tokens} WHERE token_digest = ANY($1)", connection);
        command.Parameters.Add(new() { Value = Secrets.Digests(text), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        return await command.ExecuteScalarAsync(cancellation) is long id ? await Found(id, cancellation) : null;
    }

    // What stands in the undo file of a new token: the old one is revoked like any other.
    private Overwriting Revoking => Overwriting.Of(new TokenChange.Revoke(), schema, target.Now);

    // Known before the row is there, so that the undo file can name it.
    private async Task<long> NextId(CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"SELECT nextval(pg_get_serial_sequence('{Schema.Tokens}', 'id'))", connection);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>A token that may be rotated, with its bot's memberships that end.</summary>
    private async Task<OverwrittenBatch> ReadOld(long id, Owner owner, InsertedToken columns, OverwriteSql sql, CancellationToken cancellation)
    {
        var old = await Counting.Texts(
            connection, $"SELECT {sql.Texts} FROM {Schema.Tokens} pat WHERE id = {id} AND (revoked = FALSE OR revoked IS NULL) AND {columns.IsPlain}", cancellation);
        if (old.Count == 0)
            throw new CliFailure(ExitCode.SomeRefused, $"Token {id} is not rotated: it is revoked already, or fine-grained, which only GitLab itself can rotate.");
        var memberships = owner.IsBot ? await EndingMembershipsOf(owner, cancellation) : [];
        return new OverwrittenBatch([new Alike([id], old[0])], [.. memberships.Select(row => new EndingMembership(long.Parse(row[0]!, CultureInfo.InvariantCulture), row[1]!))]);
    }

    private Task<List<string?[]>> EndingMembershipsOf(Owner bot, CancellationToken cancellation) =>
        Counting.Texts(connection, $"SELECT id::text, expires_at::text FROM members WHERE user_id = {bot.Id} AND expires_at IS NOT NULL", cancellation);

    // Each attempt stands in the undo file before it is made.
    private async Task Write(string change, UndoLog undo, Func<Task<(OverwrittenBatch Batch, List<NpgsqlBatchCommand> Statements, List<long> Expected)>> attempt)
    {
        undo.Append(UndoText.Header(change, Revoking, await DatabaseIdentity.Of(connection), target.Now).Span);
        var batching = new Batching(connection);
        try
        {
            while (true)
            {
                var (batch, statements, expected) = await attempt();
                undo.Append(UndoText.Batch(batch).Span);
                if (await batching.Write(statements, expected, undo.Retract))
                    return;
            }
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new CliFailure(ExitCode.SomeRefused, fault.ConstraintName?.EndsWith("_pkey", StringComparison.Ordinal) == true
                ? "The id that the database gave is in use: its sequence lags behind the table, as after rows that came with their ids. Set it, then run the same command again: "
                    + $"SELECT setval(pg_get_serial_sequence('{Schema.Tokens}', 'id'), max(id)) FROM {Schema.Tokens};"
                : "A token with this text is there already.", fault);
        }
        catch (Exception fault) when (undo.Batches > 0 && DatabaseFaults.Explain(fault) is { } failure)
        {
            throw new CliFailure(
                failure.Code, $"The database went away before it said whether the token was made; if it was, its text is lost. patrol undo {undo.Path} takes back what was done; then run the same command again.", fault);
        }
    }

    private async Task<FoundToken> Found(long id, CancellationToken cancellation) => (await Find(new TokenFilter { Ids = [id], Today = target.Today }, cancellation))!;

    private async Task<FoundToken?> Find(TokenFilter filter, CancellationToken cancellation)
    {
        await foreach (var token in TokenReading.Find(connection, schema, filter, cancellation))
            return token;
        return null;
    }

    private static CliFailure Explain(Refusal refusal) => refusal is Refusal.Invalid { Field: var field, Why: var why }
        ? CliFailure.Usage(string.Create(CultureInfo.InvariantCulture, $"--{(field == "expires_at" ? "expires" : field == "scopes" ? "scope" : field)}: {why}{(field == "expires_at" ? " (this instance's limit)" : "")}."))
        : CliFailure.Usage($"This token cannot be made: {refusal}.");
}
