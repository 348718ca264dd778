using Npgsql;
using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// GitLab's own PostgreSQL database. Reading needs no more than SELECT, on a replica too. What it leaves to others: the SQL of
/// filters (<see cref="FilterSql"/>), of lists (<see cref="TokenReading"/>) and of counts (<see cref="Counting"/>), changes
/// (<see cref="Changing"/>, <see cref="Undoing"/>) and new tokens (<see cref="Issuing"/>).
/// </summary>
internal sealed partial class GitLabDatabaseSource : ISource
{
    private readonly NpgsqlDataSource database;
    private readonly NpgsqlConnection connection;
    private readonly Schema schema;
    private readonly SourceTarget target;

    private GitLabDatabaseSource(NpgsqlDataSource database, NpgsqlConnection connection, Schema schema, SourceTarget target) =>
        (this.database, this.connection, this.schema, this.target) = (database, connection, schema, target);

    private Issuing Issuing => new(connection, schema, target);

    private Changing Changing => new(connection, schema, target.Now);

    public string Name => $"GitLab's database {connection.Database} on {connection.Host}";

    public static async Task<ISource> Open(SourceTarget target, CancellationToken cancellation)
    {
        var address = DatabaseAddress.Read(target.Address, target.AddressIsPublic, target.Variable);
        // Npgsql takes it in words only where there are several hosts.
        var session = address.TargetSessionAttributes is { } words && !address.Host!.Contains(',', StringComparison.Ordinal)
            ? Enum.Parse<TargetSessionAttributes>(words.Replace("-", "", StringComparison.Ordinal), ignoreCase: true) : TargetSessionAttributes.Any;
        if (session != TargetSessionAttributes.Any)
            address.TargetSessionAttributes = null;
        var builder = new NpgsqlSlimDataSourceBuilder(address.ConnectionString);
        builder.EnableTransportSecurity();
        builder.EnableIntegratedSecurity();
        builder.EnableArrays();
        // The types read here are PostgreSQL's own. Asking for the database's takes longer than most questions that are asked for.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        NpgsqlDataSource? database = null;
        NpgsqlConnection? connection = null;
        try
        {
            database = session == TargetSessionAttributes.Any ? builder.Build() : builder.BuildMultiHost().WithTargetSession(session);
            connection = await database.OpenConnectionAsync(cancellation);
            var schema = await Schema.Read(connection, cancellation);
            return new GitLabDatabaseSource(database, connection, schema, target);
        }
        catch (Exception fault)
        {
            if (connection is not null)
                await connection.DisposeAsync();
            if (database is not null)
                await database.DisposeAsync();
            // Words that go with each other nowhere, or not with this build.
            if (connection is null && fault is (NotSupportedException or ArgumentException))
                throw CliFailure.Usage($"--gitlab-db cannot be followed: {fault.Message}");
            if (connection is null && DatabaseFaults.Explain(fault) is not null)
                throw DatabaseFaults.ExplainConnecting(fault, address);
            throw;
        }
    }

    public string? WhyNot(Ability ability) => ability switch
    {
        Ability.Create or Ability.Rotate or Ability.FindText when target.SecretsFile is null => $"On its database GitLab's tokens are only known by digests that a key salts: {GitLabSecrets.Advice}.",
        Ability.RotateSelf => "A database knows no token that you sign in with: give the ID of the token to rotate, or use --gitlab or --server.",
        _ => null,
    };

    public Task<ExpiryAnalysis> Analyze(CancellationToken cancellation) => Analyze(new TokenFilter { Today = target.Today }, cancellation);

    public Task<ExpiryAnalysis> Analyze(TokenFilter which, CancellationToken cancellation) => Counting.Analyze(connection, schema, which, cancellation);

    public Task<IReadOnlyList<ExpiryCount>> ComingDates(int top, CancellationToken cancellation) => Counting.ComingDates(connection, target.Today, top, cancellation);

    public IAsyncEnumerable<FoundToken> Find(TokenFilter filter, CancellationToken cancellation) => TokenReading.Find(connection, schema, filter, cancellation);

    public Task<IReadOnlyList<string>> Obstacles(FoundToken token, CancellationToken cancellation) => TokenReading.Obstacles(connection, token, target.Today, cancellation);

    public Task<FoundToken?> FindText(Secret text, CancellationToken cancellation) => Issuing.FindText(text, cancellation);

    public async Task<int> MaximumLifetime(CancellationToken cancellation) => (await Instance.Read(connection, schema, cancellation)).Lifetimes.MaximumDays;

    public Task<CheckedOrder> Check(TokenOrder order, CancellationToken cancellation) => Issuing.Check(order, cancellation);

    public Task<NewToken> Create(CheckedOrder order, UndoLog undo, CancellationToken cancellation) => Issuing.Create(order, undo, cancellation);

    public Task<long> EndingMemberships(long id, CancellationToken cancellation) => Issuing.EndingMemberships(id, cancellation);

    public Task<NewToken> Rotate(long? id, DateOnly? expiresOn, UndoLog undo, CancellationToken cancellation) => Issuing.Rotate(id!.Value, expiresOn, undo, cancellation);

    public Task<ChangePlan> Plan(TokenChange change, TokenFilter which, CancellationToken cancellation) => Changing.Plan(change, which, cancellation);

    public Task Rehearse(TokenChange change, CancellationToken cancellation) => Changing.Rehearse(change, cancellation);

    public Task<ChangeOutcome> CarryOut(ChangePlan plan, UndoLog undo, Action<ChangeProgress> progress, CancellationToken cancellation) =>
        Changing.CarryOut(plan, undo, progress, cancellation);

    public Task<UndoOutcome> Undo(UndoFile file, bool dryRun, Action<ChangeProgress> progress, CancellationToken cancellation) =>
        new Undoing(connection, target.Now).Undo(file, dryRun, progress, cancellation);

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        await database.DisposeAsync();
    }
}
