using System.Text;
using Dapper;
using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Telemetry;

/// <summary>What load balancers and monitors ask, at GitLab's addresses: is it there, can it serve, and how much.</summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/-/health", () => TypedResults.Text("GitLab OK")).ExcludeFromDescription();
        app.MapGet("/-/liveness", () => TypedResults.Text("""{"status":"ok"}""", "application/json")).ExcludeFromDescription();
        app.MapGet("/-/readiness", Readiness).ExcludeFromDescription();
        app.MapGet("/metrics", Prometheus).ExcludeFromDescription();
    }

    private static async Task<IResult> Prometheus(Metrics metrics, TokenCache cache, StoredMetrics stored)
    {
        var text = new StringBuilder();
        foreach (var family in metrics.Read(cache))
            family.Write(text);
        metrics.Doors.WriteTimes(text);
        try
        {
            foreach (var family in await stored.Read())
                family.Write(text);
        }
        catch (DatabaseAwayException)
        {
            text.Append("# The database is away.\n");
        }
        return TypedResults.Text(text.ToString(), "text/plain; version=0.0.4");
    }

    private static async Task<IResult> Readiness(Database database)
    {
        try
        {
            await database.Read(connection => connection.ExecuteScalarAsync<long>("SELECT 1"));
            return TypedResults.Text("""{"status":"ok","master_check":[{"status":"ok"}],"db_check":[{"status":"ok"}]}""", "application/json");
        }
        catch (DatabaseAwayException)
        {
            return TypedResults.Text(
                """{"status":"failed","master_check":[{"status":"ok"}],"db_check":[{"status":"failed","message":"The database cannot be reached"}]}""",
                "application/json", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
