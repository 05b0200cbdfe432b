import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { newQueryClient } from './api/answers';
import { App } from './app';
import { takeBrought } from './session/brought';
import { applyScheme, chosenScheme } from './shell/scheme';
import './page.css';

applyScheme(chosenScheme());
const brought = takeBrought();
const client = newQueryClient();

const page = document.getElementById('page');
if (!page) throw new Error('index.html has no #page');
createRoot(page).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={client}>
        <App brought={brought} />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
