using Patrol.Server.Runs;

namespace Patrol.Server.Web.Administration;

/// <summary>What the server does by itself, when it is due next, and how its last runs went.</summary>
internal sealed class JobPages(ListJobs jobs)
{
    public void Map(PageRoutes routes) => routes.Get("/admin/jobs", async page => page.Show<JobsPage>(await jobs.Handle(page.Now)), PageAccess.Administrators);
}
