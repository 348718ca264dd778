using System.Globalization;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Imports;

/// <summary>What came of an import.</summary>
internal sealed record ImportReport
{
    public int Taken { get; set; }

    /// <summary>Rows that were taken before.</summary>
    public int AlreadyHere { get; set; }

    /// <summary>Rows that were not taken, by line, with the reason.</summary>
    public List<(long Line, string Name, string Why)> NotTaken { get; } = [];
}

/// <summary>
/// Brings tokens of another system in with the digests that it made. A row that was taken once is never taken again, whatever
/// became of the token since.
/// </summary>
internal sealed class ImportTokens(Database database, ServerSecret secret)
{
    private const int RowsPerTransaction = 500;

    /// <summary>Takes what can be taken.</summary>
    public async Task<ImportReport> Handle(IEnumerable<CsvRow> rows, ImportedTable table, DateTimeOffset now)
    {
        var report = new ImportReport();
        foreach (var key in table.Keys)
            await database.Write(scope => ImportKeys.Add(scope, secret, key));
        foreach (var batch in rows.Chunk(RowsPerTransaction))
        {
            await database.Write(async scope =>
            {
                var taken = 0;
                foreach (var row in batch)
                {
                    try
                    {
                        if (await Take(scope, table.Read(row, now), now))
                            taken++;
                        else
                            report.AlreadyHere++;
                    }
                    catch (UnfitRowException unfit)
                    {
                        report.NotTaken.Add((row.Line, row.Find("NAME") ?? "", unfit.Message));
                    }
                }
                report.Taken += taken;
                if (taken > 0)
                    await AuditLog.Write(scope, null, "token.import", "token", null, string.Create(CultureInfo.InvariantCulture, $"{taken} tokens"), now);
            });
        }
        // Servers that run learn which texts may exist from now on; also when an import before this one broke off.
        await database.Write(scope =>
        {
            scope.Changes.Everything = true;
            return Task.CompletedTask;
        });
        return report;
    }

    private async Task<bool> Take(WriteScope scope, ImportedToken imported, DateTimeOffset now)
    {
        if (await UserSql.FindByName(scope, imported.Username) is not { } user)
            throw new UnfitRowException($"there is no user {imported.Username} here");
        var fingerprint = secret.Digest(Convert.ToHexString(imported.Digest.ToBytes())).ToBytes();
        if (await scope.First<long?>("SELECT token_id FROM imports WHERE fingerprint = @fingerprint", new { fingerprint }) is not null)
            return false;
        var stored = await TokenSql.InsertForeign(scope, imported.Token with { UserId = user.Id }, imported.Digest);
        await scope.Execute("INSERT INTO imports (fingerprint, token_id) VALUES (@fingerprint, @Id)", new { fingerprint, stored.Id });
        return true;
    }
}
